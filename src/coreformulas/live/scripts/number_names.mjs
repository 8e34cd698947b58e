// English number names and Chinese numerals, as in coreformulas/datasets/number_names.py.
export const BEYOND = 10 ** 12;
const UNITS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen " +
  "fourteen fifteen sixteen seventeen eighteen nineteen").split(" ");
const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const SCALES = ["", "thousand", "million", "billion"];
const WORDS = [...UNITS, ...TENS, "hundred", "and", ...SCALES.slice(1)];

function belowThousand(number) {
  const hundreds = Math.floor(number / 100), rest = number % 100, words = [];
  if (hundreds) words.push(UNITS[hundreds], "hundred");
  if (hundreds && rest) words.push("and");
  if (rest >= 20) words.push(TENS[Math.floor(rest / 10) - 2]);
  const unit = rest >= 20 ? rest % 10 : rest;
  if (unit) words.push(UNITS[unit]);
  return words;
}

export function nameOf(number) {
  const words = [];
  for (const power of [3, 2, 1, 0]) {
    const group = Math.floor(number / 1000 ** power) % 1000;
    if (!power && group && group < 100 && number >= 1000) words.push("and");
    words.push(...belowThousand(group));
    if (power && group) words.push(SCALES[power]);
  }
  return words.length ? words : ["zero"];
}

function belowTenThousand(number) {
  let numeral = "", gap = false;
  for (const [power, name] of [[1000, "千"], [100, "百"], [10, "十"], [1, ""]]) {
    const digit = Math.floor(number / power) % 10;
    if (digit) numeral += (gap && numeral ? "零" : "") + "零一二三四五六七八九"[digit] + name;
    gap = digit === 0;
  }
  return numeral;
}

export function numeralOf(number) {
  let text = "";
  for (const [power, scale] of [[2, "亿"], [1, "万"], [0, ""]]) {
    const group = Math.floor(number / 10000 ** power) % 10000;
    const higher = Math.floor(number / 10000 ** (power + 1));
    if (!group) continue;
    if (higher && (group < 1000 || higher % 10000 === 0)) text += "零";
    const numeral = belowTenThousand(group);
    text += (!higher && group >= 10 && group < 20 ? numeral.slice(1) : numeral) + scale;
  }
  return text || "零";
}

// What a row of words adds up to, whether or not it is the name of a number.
function valueOf(words) {
  let total = 0, group = 0;
  for (const word of words) {
    if (UNITS.includes(word)) group += UNITS.indexOf(word);
    else if (TENS.includes(word)) group += 10 * TENS.indexOf(word) + 20;
    else if (word === "hundred") group *= 100;
    else if (word !== "and") {
      total += group * 1000 ** SCALES.indexOf(word);
      group = 0;
    }
  }
  return total + group;
}

function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] !== b[j - 1])));
    row = next;
  }
  return row[b.length];
}

function unknown(word) {
  const begun = (one) => word.length > 1 && one.startsWith(word);
  const far = (one) => (begun(one) ? 0 : distance(one, word) / one.length);
  const near = WORDS.reduce((best, one) => (far(one) < far(best) ? one : best));
  const hint = far(near) < 0.5 ? `; did you mean “${near}”?` : "";
  return `“${word}” is no word of English number names${hint}`;
}

// {words, number} of what was typed, digits or words; {fault} says what is wrong with it. Words that
// are no name, in this order, have a number of null; they are read nevertheless. Names without their
// "and" count as names, and `name` has it.
export function readNumber(typed, longest) {
  const text = typed.trim().toLowerCase();
  if (!text) return { fault: "type a whole number, or its English name" };
  if (/^[-−+\d\s,._]*\d[\d\s,._]*$/.test(text)) {
    const digits = text.replace(/[\s,_]/g, ""), number = Number(digits);
    if (!/^\d+$/.test(digits)) return { fault: `“${text}” is no whole number from 0 upward` };
    if (number >= BEYOND)
      return { fault: `“${text}” is too large: numbers go up to 999,999,999,999` };
    return { words: nameOf(number), number, name: nameOf(number).join(" ") };
  }
  const words = text.replace(/[-,]/g, " ").split(/\s+/).filter(Boolean);
  const wrong = words.find((word) => !WORDS.includes(word));
  if (wrong !== undefined) return { fault: unknown(wrong) };
  if (words.length > longest)
    return { fault: `${words.length} words are too many: at most ${longest} are read` };
  const value = valueOf(words), name = value < BEYOND ? nameOf(value).join(" ") : "";
  const bare = (list) => list.filter((word) => word !== "and").join(" ");
  const number = bare(name.split(" ")) === bare(words) ? value : null;
  return { words, number, name };
}
