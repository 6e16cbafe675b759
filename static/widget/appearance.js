/**
 * The owner's colours, put in through the CSSOM and made readable where they are not: text on
 * them, and they as text, keep 4.5:1 whatever was chosen.
 */

const SURFACES = { light: [255, 255, 255], dark: [30, 30, 28] };
const READABLE = 4.5;

/** @typedef {number[]} Colour red, green, blue: 0–255 */

/** @param {unknown} text @returns {Colour | null} */
export function parseColour(text) {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(String(text));
  return match ? match.slice(1).map((part) => Number.parseInt(part, 16)) : null;
}

/** Relative luminance and contrast as WCAG 2.2 defines them. @param {Colour} colour */
function luminance(colour) {
  const [red, green, blue] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {Colour} one @param {Colour} other */
export function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** @param {Colour} colour @param {Colour} towards @param {number} share */
const mix = (colour, towards, share) => colour.map((value, index) => Math.round(value + (towards[index] - value) * share));

/** @param {Colour} colour */
const write = (colour) => `rgb(${colour.join(" ")})`;

/** The colour itself, or the nearest on the way to black or white that can be read on `surface`. @param {Colour} colour @param {Colour} surface */
export function readableOn(colour, surface) {
  const towards = luminance(surface) > 0.4 ? [0, 0, 0] : [255, 255, 255];
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = mix(colour, towards, share);
    if (contrast(mixed, surface) >= READABLE) return mixed;
  }
  return towards;
}

/** @param {Colour} wish @param {Colour} on */
function textOn(wish, on) {
  if (contrast(wish, on) >= READABLE) return wish;
  return contrast([255, 255, 255], on) >= contrast([20, 20, 20], on) ? [255, 255, 255] : [20, 20, 20];
}

/**
 * @param {HTMLElement} root
 * @param {import("../chat/frames.js").Appearance} appearance
 */
export function applyAppearance(root, { primary, on_primary, theme }) {
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
  const colour = parseColour(primary);
  if (!colour) return;
  const text = textOn(parseColour(on_primary) ?? [255, 255, 255], colour);
  const asText = `light-dark(${write(readableOn(colour, [240, 238, 234]))}, ${write(readableOn(colour, [42, 42, 40]))})`;
  const soft = `light-dark(${write(mix(colour, SURFACES.light, 0.88))}, ${write(mix(colour, SURFACES.dark, 0.78))})`;
  const hover = write(mix(colour, luminance(colour) > 0.4 ? [255, 255, 255] : [0, 0, 0], 0.14));
  const roles = { "--accent": write(colour), "--on-accent": write(text), "--accent-hover": hover, "--accent-text": asText, "--accent-soft": soft };
  for (const [name, value] of Object.entries(roles)) root.style.setProperty(name, value);
}
