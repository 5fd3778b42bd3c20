"""What is said over models: their numbers found, combined, and put against each other."""
