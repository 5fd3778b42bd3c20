"""Flow Cytometry Standard (FCS) 2.0, 3.0, 3.1 and 3.2, and Beckman's LMD: events of a tube.

All files are read by the code of this folder; ``flowio`` is what the tests compare every value
with. Known defects are mended in this order, and each repair is a note of the table:

1. several data sets (``fcs-list-mode``, ``fcs-data-sets``, ``fcs-next-data``);
2. TEXT: empty values, missing delimiter at the end, keywords given twice (``fcs-empty-values``,
   ``fcs-text-open``, ``fcs-odd-text``, ``fcs-two-values``);
3. missing keywords (``fcs-keyword``), amplifiers (``fcs-amplifier``), names (``fcs-same-name``);
4. the place of the events: $TOT missing (``fcs-count``), header against TEXT
   (``fcs-offset-differs``), an end that is off by one (``fcs-offset-last``, ``fcs-offset-first``);
5. bits above the range (``fcs-masked``), a text conversion (``fcs-text-damage``), a spill-over
   matrix that cannot be used (``fcs-spill``), bytes behind the last segment (``fcs-bytes-after``).

What is left is refused, with the same kind of code, before anything is allocated. A checksum at
the end of a file is not looked at: most instruments write none, and many write a wrong one.
"""

from exportin.contract.reader import Reader
from exportin.readers.fcs.tubes import NAME, read, sniff
from exportin.tables.events import Events

READER = Reader(
    name=NAME,
    title="Flow cytometry events, FCS 2.0 to 3.2 and LMD",
    kinds=(Events,),
    suffixes=(".fcs", ".lmd"),
    sniff=sniff,
    read=read,
    tested=(
        "B01 KC-A-W---91-US.fcs",
        "G11.fcs",
        "coulter.lmd",
        "data1.fcs",
        "data_start_offset_discrepancy_example.fcs",
        "data_stop_offset_discrepancy_example.fcs",
        "variable_int_example.fcs",
        "240-4-2+rad.LMD",
        "SM239.LMD",
        "A1_1_raw.fcs",
        "A1_1_gated.fcs",
    ),
    limits=(
        "Histograms ($MODE C or U) and numbers written as text ($DATATYPE A) are refused.",
        "Of a Beckman LMD the first data set (1024 channels) is read, not the finer second one.",
        "Byte orders other than low first and high first, and integers that are no whole bytes, "
        "are refused.",
        "$COMP, the matrix of old files, is not used: it does not say which way round it is.",
    ),
)
