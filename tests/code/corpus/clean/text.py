"""Text: a classifier with an embedding, a small translation model, a transformer; masks are passed on by hand."""

import random
import re
import string

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from keras import ops
from keras.layers import LSTM, Bidirectional, Dense, Dropout, Embedding, Input, TextVectorization

VOCABULARY = 15000
LENGTH = 20
EMBEDDING = 256
LATENT = 1024
HEADS = 8
STRIP = string.punctuation.replace("[", "").replace("]", "")


def standardize(text):
    lowered = tf.strings.lower(text)
    return tf.strings.regex_replace(lowered, f"[{re.escape(STRIP)}]", "")


def read_pairs(path):
    pairs = []
    with open(path, encoding="utf-8") as file:
        for line in file.read().split("\n")[:-1]:
            english, spanish = line.split("\t")
            pairs.append((english, "[start] " + spanish + " [end]"))
    random.shuffle(pairs)
    return pairs


def vectorizers(pairs):
    source = TextVectorization(
        max_tokens=VOCABULARY,
        output_mode="int",
        output_sequence_length=LENGTH,
    )
    target = TextVectorization(
        max_tokens=VOCABULARY,
        output_mode="int",
        output_sequence_length=LENGTH + 1,
        standardize=standardize,
    )
    source.adapt([pair[0] for pair in pairs])
    target.adapt([pair[1] for pair in pairs])
    return source, target


def make_dataset(pairs, source, target, batch_size=64):
    english, spanish = zip(*pairs)
    dataset = tf.data.Dataset.from_tensor_slices((list(english), list(spanish)))
    dataset = dataset.batch(batch_size)

    def format_dataset(eng, spa):
        eng = source(eng)
        spa = target(spa)
        weights = tf.cast(tf.not_equal(spa[:, 1:], 0), tf.float32)
        return (
            {"encoder_inputs": eng, "decoder_inputs": spa[:, :-1]},
            spa[:, 1:],
            weights,
        )

    return dataset.map(format_dataset).cache().shuffle(2048).prefetch(16)


class TransformerEncoder(layers.Layer):
    def __init__(self, embed_dim, dense_dim, num_heads, **kwargs):
        super().__init__(**kwargs)
        self.embed_dim = embed_dim
        self.dense_dim = dense_dim
        self.num_heads = num_heads
        self.attention = layers.MultiHeadAttention(num_heads=num_heads, key_dim=embed_dim)
        self.dense_proj = keras.Sequential(
            [
                layers.Dense(dense_dim, activation="relu"),
                layers.Dense(embed_dim),
            ]
        )
        self.layernorm_1 = layers.LayerNormalization()
        self.layernorm_2 = layers.LayerNormalization()
        self.supports_masking = True

    def call(self, inputs, mask=None):
        padding_mask = None if mask is None else ops.cast(mask[:, None, :], dtype="int32")
        attention_output = self.attention(
            query=inputs,
            value=inputs,
            key=inputs,
            attention_mask=padding_mask,
        )
        proj_input = self.layernorm_1(inputs + attention_output)
        proj_output = self.dense_proj(proj_input)
        return self.layernorm_2(proj_input + proj_output)

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "embed_dim": self.embed_dim,
                "dense_dim": self.dense_dim,
                "num_heads": self.num_heads,
            }
        )
        return config


class PositionalEmbedding(layers.Layer):
    def __init__(self, sequence_length, vocab_size, embed_dim, **kwargs):
        super().__init__(**kwargs)
        self.token_embeddings = layers.Embedding(input_dim=vocab_size, output_dim=embed_dim)
        self.position_embeddings = layers.Embedding(input_dim=sequence_length, output_dim=embed_dim)
        self.sequence_length = sequence_length
        self.vocab_size = vocab_size
        self.embed_dim = embed_dim

    def call(self, inputs):
        length = ops.shape(inputs)[-1]
        positions = ops.arange(0, length, 1)
        return self.token_embeddings(inputs) + self.position_embeddings(positions)

    def compute_mask(self, inputs, mask=None):
        return ops.not_equal(inputs, 0)

    def get_config(self):
        return {
            **super().get_config(),
            "sequence_length": self.sequence_length,
            "vocab_size": self.vocab_size,
            "embed_dim": self.embed_dim,
        }


class TransformerDecoder(layers.Layer):
    def __init__(self, embed_dim, latent_dim, num_heads, **kwargs):
        super().__init__(**kwargs)
        self.attention_1 = layers.MultiHeadAttention(num_heads=num_heads, key_dim=embed_dim)
        self.attention_2 = layers.MultiHeadAttention(num_heads=num_heads, key_dim=embed_dim)
        self.dense_proj = keras.Sequential(
            [layers.Dense(latent_dim, activation="relu"), layers.Dense(embed_dim)],
        )
        self.norms = [layers.LayerNormalization() for _ in range(3)]
        self.supports_masking = True

    def call(self, inputs, encoder_outputs):
        attended = self.attention_1(inputs, inputs, use_causal_mask=True)
        first = self.norms[0](inputs + attended)
        crossed = self.attention_2(query=first, value=encoder_outputs, key=encoder_outputs)
        second = self.norms[1](first + crossed)
        return self.norms[2](second + self.dense_proj(second))


def build_transformer():
    encoder_inputs = Input(shape=(None,), dtype="int64", name="encoder_inputs")
    x = PositionalEmbedding(LENGTH, VOCABULARY, EMBEDDING)(encoder_inputs)
    encoder_outputs = TransformerEncoder(EMBEDDING, LATENT, HEADS)(x)
    decoder_inputs = Input(shape=(None,), dtype="int64", name="decoder_inputs")
    x = PositionalEmbedding(LENGTH, VOCABULARY, EMBEDDING)(decoder_inputs)
    x = TransformerDecoder(EMBEDDING, LATENT, HEADS)(x, encoder_outputs)
    x = Dropout(0.5)(x)
    decoder_outputs = Dense(VOCABULARY, activation="softmax")(x)
    model = keras.Model([encoder_inputs, decoder_inputs], decoder_outputs, name="transformer")
    model.compile(
        "rmsprop",
        loss=keras.losses.SparseCategoricalCrossentropy(ignore_class=0),
        weighted_metrics=["accuracy"],
    )
    return model


def build_seq2seq():
    encoder_inputs = Input(shape=(None,), dtype="int64", name="encoder_inputs")
    embedding = Embedding(VOCABULARY, EMBEDDING, mask_zero=True)
    embedded = embedding(encoder_inputs)
    _, *state = LSTM(LATENT, return_state=True)(embedded)
    decoder_inputs = Input(shape=(None,), dtype="int64", name="decoder_inputs")
    decoder_embedding = Embedding(VOCABULARY, EMBEDDING, mask_zero=True)
    mask = decoder_embedding.compute_mask(decoder_inputs)
    x = decoder_embedding(decoder_inputs)
    x = LSTM(LATENT, return_sequences=True)(x, initial_state=state, mask=mask)
    x = Dropout(0.5)(x)
    outputs = Dense(VOCABULARY, activation="softmax")(x)
    model = keras.Model([encoder_inputs, decoder_inputs], outputs)
    model.compile(
        optimizer="rmsprop",
        loss="sparse_categorical_crossentropy",
        weighted_metrics=["accuracy"],
    )
    return model


def build_sentiment(encoder):
    model = keras.Sequential(
        [
            keras.Input(shape=(1,), dtype="string"),
            encoder,
            Embedding(VOCABULARY, 64, mask_zero=True),
            Bidirectional(LSTM(64, return_sequences=True)),
            Bidirectional(LSTM(32)),
            Dense(64, activation="relu"),
            Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(
        loss=keras.losses.BinaryCrossentropy(),
        optimizer=keras.optimizers.Adam(learning_rate=1e-4),
        metrics=["accuracy", keras.metrics.AUC(name="auc")],
    )
    return model


def build_pooled():
    model = keras.Sequential()
    model.add(Input(shape=(LENGTH,), dtype="int32"))
    model.add(Embedding(VOCABULARY, 16))
    model.add(layers.GlobalAveragePooling1D())
    model.add(Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def decode_sequence(model, source, target, sentence):
    vocabulary = target.get_vocabulary()
    lookup = dict(zip(range(len(vocabulary)), vocabulary))
    tokenized = source([sentence])
    decoded = "[start]"
    for i in range(LENGTH):
        tokens = target([decoded])[:, :-1]
        predictions = model([tokenized, tokens])
        sampled = int(ops.convert_to_numpy(ops.argmax(predictions[0, i, :])))
        token = lookup[sampled]
        decoded += " " + token
        if token == "[end]":
            break
    return decoded


def nearest(model, word, vocabulary, count=5):
    table = model.get_layer("embedding").get_weights()[0]
    vector = table[vocabulary.index(word)]
    similarity = table @ vector / (np.linalg.norm(table, axis=1) * np.linalg.norm(vector) + 1e-9)
    return [vocabulary[index] for index in np.argsort(-similarity)[:count]]


if __name__ == "__main__":
    all_pairs = read_pairs("spa.txt")
    source_vectorizer, target_vectorizer = vectorizers(all_pairs)
    train = make_dataset(all_pairs, source_vectorizer, target_vectorizer)
    for build in (build_transformer, build_seq2seq):
        translator = build()
        translator.fit(train, epochs=1)
        translator.save(f"{build.__name__}.keras")
        print(decode_sequence(translator, source_vectorizer, target_vectorizer, "how are you"))
