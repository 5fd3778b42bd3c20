"""What assays with dose-response curves share: fitting of curves at table level."""
