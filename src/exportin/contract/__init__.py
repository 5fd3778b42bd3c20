"""What a room must bring to take part: frozen records without logic."""
