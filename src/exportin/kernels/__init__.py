"""Arrays in, arrays out: fits and likelihoods. No frames, no files, no chance of its own."""
