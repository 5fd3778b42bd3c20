"""Planning a study with animals: allocation to arms, its own exact test, power by simulation."""
