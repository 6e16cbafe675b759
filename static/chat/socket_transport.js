import { SUBPROTOCOL } from "./codes.js";
import { decode, encode } from "./frames.js";

/**
 * One way to the server. There are two, of the same shape: this one and PollTransport.
 *
 * @typedef {object} Transport
 * @property {"socket" | "poll"} via
 * @property {boolean} isOpen
 * @property {(frame: import("./frames.js").ServerFrame) => void} onframe
 * @property {(lost: Lost) => void} onclose
 * @property {(frame: import("./frames.js").ClientFrame) => boolean} send whether it went out
 * @property {() => void} close silent: `onclose` is not called
 *
 * @typedef {object} Lost why a transport ended
 * @property {number} code a close code; 0 where nobody said one
 * @property {unknown} [error] what a request was refused with
 *
 * @typedef {object} TransportOptions
 * @property {import("./platform.js").Platform} platform
 * @property {string} url
 * @property {string} pollUrl
 * @property {string} token "" where a cookie speaks
 * @property {() => {session_id: string, last_seq: number} | null} position
 */

/** @implements {Transport} */
export class SocketTransport {
  /** @type {"socket" | "poll"} */
  via = "socket";
  /** @type {Transport["onframe"]} */
  onframe = () => {};
  /** @type {Transport["onclose"]} */
  onclose = () => {};
  #socket;

  /** @param {TransportOptions} options */
  constructor({ platform, url, token }) {
    this.#socket = platform.openSocket(url, token ? [SUBPROTOCOL, `bearer.${token}`] : [SUBPROTOCOL]);
    this.#socket.onmessage = ({ data }) => {
      const frame = decode(data);
      if (frame) this.onframe(frame);
    };
    this.#socket.onclose = ({ code }) => this.onclose({ code });
  }

  get isOpen() {
    return this.#socket.readyState === 1;
  }

  /** @param {import("./frames.js").ClientFrame} frame */
  send(frame) {
    if (!this.isOpen) return false;
    this.#socket.send(encode(frame));
    return true;
  }

  close() {
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
  }
}
