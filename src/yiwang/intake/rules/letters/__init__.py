"""Letters 来信: an e-mail as we understand it, whatever its charset, client or robot made of it."""
