"""What only people can say of a cytometry experiment; imports pydantic only."""

from pydantic import Field

from exportin.events.axis_settings import Strict


class MiflowcytText(Strict):
    """Items of MIFlowCyt that no file holds; empty ones stay open in the table."""

    purpose: str = Field(default="", description="1.1 what the experiment is for")
    keywords: str = Field(default="", description="1.2 keywords")
    organization: str = Field(default="", description="1.4, 1.5 organization and contact")
    conclusions: str = Field(default="", description="1.7 conclusions")
    quality: str = Field(default="", description="1.8 controls of quality: beads, replicates")
    material: str = Field(default="", description="2.1, 2.2 sample, source, organism")
    treatment: str = Field(default="", description="2.3 how samples were treated, fixed, stained")
    reagents: str = Field(
        default="", description="2.4 analyte, reporter, clone, maker, catalog number of each stain"
    )
    instrument: str = Field(default="", description="3.1, 3.3 maker, lasers, filters, detectors")
    transformation: str = Field(default="", description="4.3 transformations made elsewhere")
