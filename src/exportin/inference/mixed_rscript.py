"""R text that remakes a contrast of growth rates from the data: lme4 with pbkrtest and lmerTest."""

import numpy as np

from exportin.inference.mixed_design import Phase, split_days
from exportin.inference.mixed_growth import GrowthFit
from exportin.inference.mixed_model import MixedContrast
from exportin.inference.mixed_slopes import pair_row
from exportin.inference.rtext import r_column, r_number, r_text


def growth_r_script(
    fit: GrowthFit, found: MixedContrast, pair: tuple[str, str], *, phase: Phase | None = None
) -> str:
    """Write the R program that gives effect, standard error, df and p of one contrast of rates.

    Prints ``effect``, ``p`` and more with 15 digits. Models with one residual variance go to lme4
    (p by pbkrtest and lmerTest, the one that our row quotes); with a variance per arm or serial
    correlation to nlme, which has no such df: only effect and its plain standard error are remade.

    Parameters
    ----------
    found : MixedContrast
        A row of `slope_contrasts`.
    pair : (arm, arm)
        Whose growth rates it compares: the first minus the second.

    Examples
    --------
    >>> from exportin.inference.mixed_growth import fit_growth
    >>> from exportin.inference.mixed_slopes import slope_contrasts
    >>> y = np.array([5.0, 5.5, 6.1, 5.1, 5.4, 6.0, 4.9, 5.0, 5.3, 5.2, 5.1, 5.4])
    >>> fit = fit_growth(y, np.tile([0.0, 5.0, 10.0], 4), np.repeat(list("abcd"), 3),
    ...                  np.repeat(["vehicle", "drug"], 6), control="vehicle")
    >>> text = growth_r_script(fit, slope_contrasts(fit)[0], ("drug", "vehicle"))
    >>> [line for line in text.splitlines() if "lmer(" in line]
    ['fit <- lmer(y ~ 0 + arm + day:arm + (1 + day | animal), d, control = control)']
    """
    said = " ".join(found.label.split())
    if found.p_value is None:
        return f"# {said}: no test was made, so there is nothing to compute\n"
    period = phase or fit.design.phases[0]
    row = pair_row(fit, *pair, period)
    kept = row[list(fit.fit.estimate.problem.kept)]
    head = [f"# growth rate: {said}", f"# {fit.estimands[period]}", _data(fit), _weights(kept)]
    if found.adjustment != "none":
        head.insert(2, f"# p is that of this contrast alone; {found.adjustment} needs the family")
    by_nlme = fit.data.by_arm or fit.data.serial
    body = _nlme(fit) if by_nlme else _lme4(fit, found)
    return "\n".join([*head, *body, ""])


def _data(fit: GrowthFit) -> str:
    rows, design = fit.data, fit.design
    t = rows.day - design.baseline_day
    columns = {
        "y": r_column(rows.y.tolist(), r_number),
        "animal": r_column([f"m{code}" for code in rows.animal.tolist()], r_text),
        "arm": r_column([design.arms[code] for code in rows.arm.tolist()], r_text),
        "day": r_column(t.tolist(), r_number),
    }
    if _has_cage(fit) and rows.cage is not None:
        columns["cage"] = r_column([f"c{code}" for code in rows.cage.tolist()], r_text)
    if design.knots:
        for name, days in zip(_pieces(fit), split_days(t, design.knots), strict=True):
            columns[name] = r_column(days.tolist(), r_number)
    body = ",\n  ".join(f"{name} = {text}" for name, text in columns.items())
    order = r_column(design.arms, r_text)
    return f"d <- data.frame(\n  {body})\nd$arm <- factor(d$arm, levels = {order})"


def _weights(kept: np.ndarray) -> str:
    return f"weights <- {r_column(kept.tolist(), r_number)}"


def _has_cage(fit: GrowthFit) -> bool:
    return fit.fit.estimate.cage_variance is not None


def _pieces(fit: GrowthFit) -> tuple[str, ...]:
    """Names of the columns of days: one, before and after the last dose, or several pieces."""
    knots = len(fit.design.knots)
    if knots > 1:
        return tuple(f"piece{i + 1}" for i in range(knots + 1))
    return ("dosed", "after") if knots else ("day",)


def _fixed(fit: GrowthFit) -> str:
    if fit.design.form == "reference":
        return "y ~ day * arm"
    rates = " + ".join(f"{name}:arm" for name in _pieces(fit))
    return f"y ~ {rates}" if fit.design.form == "shared_baseline" else f"y ~ 0 + arm + {rates}"


def _random(fit: GrowthFit) -> str:
    q = fit.fit.estimate.problem.q
    return {0: "", 1: "1", 2: "1 + day"}[q]


def _lme4(fit: GrowthFit, found: MixedContrast) -> list[str]:
    random = _random(fit)
    if not random:
        return [
            f"fit <- lm({_fixed(fit)}, d); b <- coef(fit); b <- b[!is.na(b)]",
            "effect <- sum(weights * b)",
            "se <- sqrt(sum(weights * (vcov(fit, complete = FALSE) %*% weights)))",
            "df <- fit$df.residual",
            *_print(),
        ]
    formula = f"{_fixed(fit)} + ({random} | animal)" + (" + (1 | cage)" if _has_cage(fit) else "")
    kind = {"kenward_roger": "Kenward-Roger", "satterthwaite": "Satterthwaite"}[found.df_method]
    errors = (
        "se <- max(sqrt(sum(weights * (vcov(fit) %*% weights))), "
        "sqrt(sum(weights * (pbkrtest::vcovAdj(fit) %*% weights))))"
        if found.df_reason
        else "se <- test[['Std. Error']]"
    )
    reason = [f"# {found.df_reason}"] if found.df_reason else []
    return [
        "suppressPackageStartupMessages(library(lmerTest))  # with lme4 and pbkrtest installed",
        "control <- lmerControl(optimizer = 'bobyqa', optCtrl = list(rhobeg = 0.2, rhoend = 1e-10, "
        "maxfun = 1e5))",
        f"fit <- lmer({formula}, d, control = control)",
        *reason,
        f"test <- contest1D(fit, weights, ddf = {r_text(kind)})",
        f"effect <- test[['Estimate']]; df <- test[['df']]; {errors}",
        *_print(),
    ]


def _print() -> list[str]:
    return [
        "p <- 2 * pt(-abs(effect / se), df)",
        'cat(sprintf("p %.15g\\neffect %.15g\\nse %.15g\\ndf %.15g\\n", p, effect, se, df))',
    ]


def _nlme(fit: GrowthFit) -> list[str]:
    more = ""
    if fit.data.by_arm:
        more += ", weights = varIdent(form = ~ 1 | arm)"
    if fit.data.serial:
        more += ", correlation = corCAR1(form = ~ day | animal)"
    random = "list(cage = ~ 1, animal = ~ {})" if _has_cage(fit) else "list(animal = ~ {})"
    return [
        "library(nlme)  # its df are other ones, so no p value is remade",
        f"fit <- lme({_fixed(fit)}, d, random = {random.format(_random(fit))}{more},",
        "           control = lmeControl(opt = 'nlminb', msMaxIter = 500, maxIter = 500))",
        "effect <- sum(weights * fixef(fit)); se <- sqrt(sum(weights * (vcov(fit) %*% weights)))",
        'cat(sprintf("effect %.15g\\nse %.15g\\n", effect, se))',
    ]
