"""What a saved model is, what each Keras does with it, and the lines that load it."""
