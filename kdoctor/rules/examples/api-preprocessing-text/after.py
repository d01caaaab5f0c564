from tensorflow.keras.preprocessing.sequence import pad_sequences
from tensorflow.keras.preprocessing.text import Tokenizer

texts = ["the cat and the dog and the bird", "the dog and the dog"]
tokenizer = Tokenizer(num_words=5, oov_token="[UNK]")
tokenizer.fit_on_texts(texts)
numbers = pad_sequences(tokenizer.texts_to_sequences(["the dog and a mouse"]), maxlen=6, padding="post")

# --- check
# "the" occurs 5 times, "dog" and "and" 3 times; 0 is padding and 1 an unknown word
words = [int(number) for number in numbers[0]]
assert words in ([2, 3, 4, 1, 1, 0], [2, 4, 3, 1, 1, 0]), words
