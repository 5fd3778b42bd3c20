"""Speed, accuracy, coverage and scale of the curve fits, printed in one run by `make bench`."""
