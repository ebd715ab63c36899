"""Keys and the encrypted store: slots, one SQLCipher file, signed feeds, projected tables."""
