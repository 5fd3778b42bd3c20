"""A workbench for preclinical drug studies."""
