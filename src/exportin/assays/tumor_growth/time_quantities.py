"""Names of what is told of times to a volume."""

from exportin.results.quantities import Quantity

QUANTITIES = (
    Quantity(
        name="time_to_volume",
        label="Time to volume",
        estimand="days from the first dose until the tumor reached the threshold volume: of an "
        "animal, and the Kaplan-Meier median of an arm",
        scale="log10",
        direction="higher is more effective",
    ),
    Quantity(
        name="time_to_volume_other_rule",
        label="Time to volume (other rule)",
        estimand="the same median with the other rule for the day of reaching it (first visit at "
        "or above against log-linear interpolation)",
        scale="log10",
    ),
    Quantity(
        name="time_to_volume_between",
        label="Time to volume (between visits)",
        estimand="the same median from visits alone: the tumor reached the volume between "
        "two of them (Turnbull); the range in which the median lies",
    ),
    Quantity(
        name="growth_delay",
        label="Growth delay (T - C)",
        estimand="median time to volume of the arm minus that of the control",
        direction="higher is more effective",
    ),
    Quantity(
        name="growth_delay_ratio",
        label="Growth delay (T / C)",
        estimand="median time to volume of the arm over that of the control",
        scale="ln",
        direction="higher is more effective",
    ),
    Quantity(
        name="specific_growth_delay",
        label="Specific growth delay",
        estimand="growth delay in doubling times of the control",
        direction="higher is more effective",
    ),
    Quantity(
        name="log_cell_kill",
        label="log10 cell kill",
        estimand="growth delay over 3.32 doubling times of the control",
        direction="higher is more effective",
    ),
    Quantity(
        name="rmst",
        label="Mean time below volume",
        estimand="restricted mean time to volume up to the last day with all arms followed",
        direction="higher is more effective",
    ),
    Quantity(
        name="toxic_death",
        label="Toxic deaths",
        estimand="cumulative incidence (Aalen-Johansen) of toxic or unexplained death before the "
        "volume was reached",
    ),
)
