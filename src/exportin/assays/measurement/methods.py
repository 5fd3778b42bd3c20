"""Sentences and references of the methods this assay coins."""

from exportin.results.methods import Method, Reference

LAZIC = Reference(
    key="lazic2010",
    text="Lazic SE. The problem of pseudoreplication in neuroscientific studies: is it affecting "
    "your analysis? BMC Neuroscience 2010;11:5.",
    doi="10.1186/1471-2202-11-5",
)
_END = "before any comparison, so that n counts units and not rows."

METHODS = (
    Method(
        name="technical_mean",
        sentence=f"Several values of one unit and group were averaged (arithmetic mean) {_END}",
        references=(LAZIC,),
    ),
    Method(
        name="technical_geometric_mean",
        sentence=f"Several values of one unit and group were averaged on logarithms {_END}",
        references=(LAZIC,),
    ),
    Method(
        name="technical_median",
        sentence=f"Several values of one unit and group were replaced by their median {_END}",
        references=(LAZIC,),
    ),
)
