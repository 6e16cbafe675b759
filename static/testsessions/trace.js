import { make } from "../widget/dom.js";

const SVG = "http://www.w3.org/2000/svg";
const OUTCOMES = {
  answered: ["Answered", "success"],
  clarified: ["Asked back", "info"],
  abstained: ["Abstained", "warning"],
  handed_off: ["Handed off", "warning"],
  cancelled: ["Cancelled", ""],
  failed: ["Failed", "danger"],
};

/**
 * @typedef {{title: string, source: string, kind: string, word_score: number, confidence: number, text: string}} Candidate
 * @typedef {{stages?: {name: string, ms: number}[], rule?: string, candidates?: Candidate[], threshold?: number,
 *   decision?: string, why?: string, errors?: unknown[], fingerprint?: string, knowledge_revision?: number}} Trace
 */

/** One reply's story: decision and why, what was found, and where the time went. @param {string} question @param {string} outcome @param {Trace} trace */
export function drawTrace(question, outcome, trace) {
  const [name, tone] = OUTCOMES[/** @type {keyof typeof OUTCOMES} */ (outcome)] ?? [outcome, ""];
  const badge = make("span", { class: ["badge", tone && `badge--${tone}`].filter(Boolean).join(" "), text: name });
  const head = make("header", { class: "trace__head" }, make("h3", { class: "trace__question", text: question || "A reply" }), badge);
  const parts = [head, make("p", { class: "trace__why", text: trace.why ?? "" })];
  for (const error of trace.errors ?? []) parts.push(make("p", { class: "trace__error", text: textOf(error) }));
  if (trace.rule) parts.push(make("p", { class: "muted small", text: `Rule: ${trace.rule}` }));
  parts.push(drawCandidates(trace.candidates ?? [], trace.threshold ?? 0), drawStages(trace.stages ?? []));
  return make("li", { class: "trace" }, ...parts);
}

/** @param {Candidate[]} candidates @param {number} threshold */
function drawCandidates(candidates, threshold) {
  if (!candidates.length) return make("p", { class: "muted small", text: "No knowledge was found for this." });
  const list = make("ol", { class: "hits" });
  for (const candidate of candidates) {
    const { title, source, confidence, word_score, text } = candidate;
    const passes = confidence >= threshold;
    const label = `${title}: confidence ${confidence.toFixed(2)}, threshold ${threshold.toFixed(2)}`;
    const summary = make(
      "summary",
      { class: "hit__head" },
      make("span", { class: "hit__title" }, make("span", { class: "clip", text: title }), make("span", { class: "muted small clip", text: source })),
      drawMeter(confidence, threshold, passes, label),
      make("span", { class: "number hit__score", text: confidence.toFixed(2) }),
    );
    const score = make("p", { class: "muted small", text: `Word score ${word_score.toFixed(2)} (BM25)` });
    list.append(make("li", {}, make("details", { class: "hit" }, summary, score, make("p", { class: "hit__text", text }))));
  }
  const legend = make("p", { class: "muted small", text: `The line marks the threshold, ${threshold.toFixed(2)}.` });
  return make("div", { class: "hits-box" }, list, legend);
}

/** @param {number} value 0–1 @param {number} mark 0–1 @param {boolean} passes @param {string} label */
function drawMeter(value, mark, passes, label) {
  const meter = shape("svg", {
    class: `meter ${passes ? "meter--success" : "meter--muted"}`,
    viewBox: "0 0 100 8",
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": label,
  });
  const x = String(100 * mark);
  meter.append(
    shape("rect", { class: "meter__track", width: "100", height: "8", rx: "2" }),
    shape("rect", { class: "meter__fill", width: String(100 * Math.min(1, Math.max(0, value))), height: "8", rx: "2" }),
    shape("line", { class: "meter__mark", x1: x, x2: x, y1: "-3", y2: "11", "vector-effect": "non-scaling-stroke" }),
  );
  return meter;
}

/** A bar per stage, one after the other as they ran. @param {{name: string, ms: number}[]} stages */
function drawStages(stages) {
  const total = stages.reduce((sum, { ms }) => sum + ms, 0);
  const list = make("ol", { class: "stages" });
  let start = 0;
  for (const { name, ms } of stages) {
    const share = total ? (100 * ms) / total : 0;
    const bar = shape("svg", { class: "stage__bar", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" });
    bar.append(shape("rect", { class: "meter__track", width: "100", height: "6" }), shape("rect", { class: "meter__fill", x: String(start), width: String(Math.max(0.7, share)), height: "6" }));
    start += share;
    list.append(make("li", { class: "stage" }, make("span", { text: name }), bar, make("span", { class: "number", text: sayMs(ms) })));
  }
  list.append(make("li", { class: "stage stage--total" }, make("span", { text: "total" }), make("span"), make("span", { class: "number", text: sayMs(total) })));
  return list;
}

/** @param {number} ms */
const sayMs = (ms) => `${ms < 10 ? ms.toFixed(2) : Math.round(ms)} ms`;

/** @param {unknown} error */
const textOf = (error) => (typeof error === "string" ? error : JSON.stringify(error));

/** @param {string} tag @param {Record<string, string>} attributes */
function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
