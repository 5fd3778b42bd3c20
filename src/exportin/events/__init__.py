"""Events of a cytometer at table level: from raw numbers to masks, without biology.

This is the way of a tube; every function stands in the module named in front of it.

1. ``tubes.open_tube(data, row_id, compensation, measured=...) -> Tube``: amplifiers made linear,
   the spill-over taken out once. ``Tube.of(channel, space)`` gives the float64 values of a channel
   in one of three spaces: ``raw`` (as in the file), ``linear``, ``compensated``.
   ``channels.find_channel`` looks a channel up by short name, stain or loose spelling.
2. ``compensation.choose_spill(settings, data, file, measured)`` says which matrix holds (file,
   settings, controls, none); ``stains.spill_from_stains`` computes it from single stains.
3. ``settings`` (pydantic only, for settings of assays): ``Scale`` (linear, log, arcsinh, fasinh,
   logicle), ``Gate`` (polygon, rectangle, range, threshold, quadrant, ellipsoid, boolean),
   ``GateSet``, ``ThresholdRule``, ``Compensation``, ``QualitySettings``, ``SingletSettings``.
4. ``scaling.forward(scale, values)`` and ``scaling.inverse(scale, values)``;
   ``scaling.logicle_width`` estimates W from negative events.
5. ``thresholds.set_thresholds(rules, gates, controls, experiment=...) -> tuple[Cutoff, ...]``: once
   per experiment from named controls; ``thresholds.cutoff_values`` gives what gates need.
6. ``gating.gate(tube, gates, cutoffs) -> dict[str, mask]``: each mask lies within its parents'.
7. ``singlets.find_singlets(tube, channel, settings) -> Singlets``: mask, doublet fraction and its
   interval; ``singlets.compare_doublets`` holds it against that of a histogram fit.
8. ``quality.check_tube(tube, settings)`` and ``carry_over.check_carry_over(tubes, settings)`` give
   rows for ``Flags.from_rows``; ``ranges.kept_events(row_id, excluded)`` masks what stays.
9. ``gate_table.gates_from(table) -> GateSet``: gates that a reader (Gating-ML) found in a file.

Refusals are ``InputError`` with the file, the place and what to write instead.
"""
