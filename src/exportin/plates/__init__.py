"""What assays on plates share: normalization and plate quality."""
