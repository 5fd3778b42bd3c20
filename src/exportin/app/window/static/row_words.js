// What one raw row is, in words for a dialog: an animal's visit by animal, day, group and volume.
const TELL = ["model", "arm", "treatment", "dose", "dose_unit", "unit_id", "role", "group"];

const given = (value) => value !== null && value !== undefined && value !== "";

/** Model, arm, treatment and what else names a row's group, without its own name. */
export const groupWords = (row, name = "") =>
  TELL.map((key) => row[key])
    .filter((value) => given(value) && String(value) !== String(name))
    .join(", ");

/** "M001, day 7", the group, lengths and volume; other rows come back as they are. */
export function visitWords(row, volumeOf = () => null) {
  if (!given(row.animal) || given(row.well)) return row;
  const day = given(row.day) ? `day ${row.day}` : row.date || "";
  const lengths = [row.length, row.width, row.height].filter(given).join(" × ");
  const own = given(row.volume);
  const shown = own ? null : volumeOf(row.row_id);
  return {
    ...row,
    name: `${row.animal}${day ? `, ${day}` : ""}`,
    where: row.file || "",
    label: [groupWords(row, row.animal), lengths ? `${lengths} ${row.length_unit || ""}`.trim() : ""]
      .filter(Boolean)
      .join(", "),
    value: own ? row.volume : shown?.value,
    value_unit: (own ? row.volume_unit : shown?.unit) || "",
    word: "visit",
    scopes: row.scopes ?? [
      { words: `This visit (${day || row.row_id})`, rows: [row.row_id] },
      { words: `The whole animal ${row.animal}`, rows: [String(row.animal)] },
    ],
  };
}
