// The abstention curve beside the threshold's slider: the handle on the curve and the slider are one and the same.

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, TOP] = [100, 40, 2];

/** @typedef {[number, number, number]} Point threshold; wrong answers, a share of all questions; wrong refusals, of those it could answer */

/** @param {string} tag @param {Record<string, string>} attributes */
function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** Shares as people say them. @param {number} share */
function ofHundred(share) {
  const number = share * 100;
  if (number === 0) return "none";
  if (number < 0.5) return "fewer than 1";
  return `about ${Math.round(number)}`;
}

class Curve {
  #points;
  #words;
  #handle = shape("line", { class: "curve__handle", y1: "0", y2: String(HEIGHT) });

  /** @param {HTMLElement} figure @param {HTMLInputElement} slider */
  constructor(figure, slider) {
    const data = /** @type {HTMLElement} */ (figure.querySelector("script[type='application/json']"));
    /** @type {Point[]} */
    this.#points = JSON.parse(data.textContent ?? "[]");
    this.#words = /** @type {HTMLElement} */ (figure.querySelector("[data-curve-words]"));
    this.#draw(/** @type {SVGSVGElement} */ (figure.querySelector("svg")), slider);
    slider.addEventListener("input", () => this.#show(Number(slider.value)));
    this.#show(Number(slider.value));
  }

  /** @param {SVGSVGElement} chart @param {HTMLInputElement} slider */
  #draw(chart, slider) {
    const highest = Math.max(0.05, ...this.#points.flatMap(([, wrong, refused]) => [wrong, refused]));
    /** @param {1 | 2} which */
    const line = (which) => this.#points.map((point) => `${point[0] * WIDTH},${HEIGHT - ((HEIGHT - TOP) * point[which]) / highest}`).join(" ");
    chart.replaceChildren(
      shape("line", { class: "curve__base", x1: "0", x2: String(WIDTH), y1: String(HEIGHT), y2: String(HEIGHT) }),
      shape("polyline", { class: "curve__wrong", points: line(1) }),
      shape("polyline", { class: "curve__refused", points: line(2) }),
      this.#handle,
    );
    if (slider.disabled) return;
    chart.addEventListener("pointerdown", (event) => {
      chart.setPointerCapture(event.pointerId);
      this.#move(chart, slider, event);
    });
    chart.addEventListener("pointermove", (event) => {
      if (chart.hasPointerCapture(event.pointerId)) this.#move(chart, slider, event);
    });
  }

  /** The slider is moved, and tells everybody. @param {SVGSVGElement} chart @param {HTMLInputElement} slider @param {PointerEvent} event */
  #move(chart, slider, event) {
    const { left, width } = chart.getBoundingClientRect();
    const percent = Math.round((100 * (event.clientX - left)) / width);
    slider.value = String(Math.min(100, Math.max(0, percent)));
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** @param {number} percent */
  #show(percent) {
    const x = String(percent);
    this.#handle.setAttribute("x1", x);
    this.#handle.setAttribute("x2", x);
    const at = this.#points.findLast(([threshold]) => threshold <= percent / 100 + 1e-9) ?? this.#points[0];
    if (!at) return;
    this.#words.textContent = `At ${percent} %: ${ofHundred(at[1])} of 100 questions get a wrong answer, and ${ofHundred(at[2])} of 100 that it could answer are refused.`;
  }
}

/** @param {ParentNode} root */
function drawCurves(root) {
  const slider = document.getElementById("id_threshold");
  if (!(slider instanceof HTMLInputElement)) return;
  for (const figure of root.querySelectorAll("[data-curve]:not([data-drawn])")) {
    const element = /** @type {HTMLElement} */ (figure);
    element.dataset.drawn = "yes";
    new Curve(element, slider);
  }
}

document.addEventListener("htmx:afterSwap", (event) => drawCurves(/** @type {Element} */ (event.target)));
drawCurves(document);
