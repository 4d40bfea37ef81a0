// Windows of one browser that show the same route keep in step, both ways. A
// window tells the others where it is when somebody moves in it; a new one asks
// first. Places are sent whole, never as "one further", so a message that is
// lost or late cannot bring two windows apart for good.

const ANSWER = 1500; // milliseconds in which an answer to a question counts

export class Sync {
	// state() gives what this window shows; apply(state) shows what another does.
	// A window that was opened at an address of its own (placed) leaves it only
	// for a presenter's.
	// request(id, fields) sends a request that was sent there.
	constructor(name, { presenter, placed, state, apply, request }) {
		this.presenter = presenter;
		this.placed = placed;
		this.state = state;
		this.apply = apply;
		this.requested = request;
		this.moved = 0; // when the state was last changed by somebody, here or elsewhere
		if (!("BroadcastChannel" in window)) return;
		this.channel = new BroadcastChannel(name);
		this.channel.addEventListener("message", ({ data }) => this.receive(data));
		addEventListener("pageshow", (event) => event.persisted && this.ask());
		this.ask();
	}

	ask() {
		this.asked = performance.now();
		this.post({ kind: "ask" });
	}

	// send tells the others of a move made in this window.
	send() {
		this.moved = Date.now();
		this.tell("move");
	}

	// request tells the others of a request sent by a key in this window.
	request(id, fields) {
		this.post({ kind: "request", id, fields });
	}

	tell(kind) {
		this.post({ kind, at: this.moved, presenter: this.presenter, state: this.state() });
	}

	receive(message) {
		if (message?.kind === "ask") return this.tell("answer");
		if (message?.kind === "request") return this.requested(message.id, message.fields);
		if (message?.kind === "answer") {
			const late = performance.now() - this.asked > ANSWER;
			const welcome = message.presenter || this.presenter || !this.placed;
			// 0: that window has only been opened, too, and knows no more than this one.
			if (late || !welcome || message.at < this.moved || (message.at === 0 && !message.presenter && this.placed)) return;
		} else if (message?.kind !== "move" || message.at < this.moved) {
			return;
		}
		this.moved = message.at;
		this.apply(message.state);
	}

	post(message) {
		try {
			this.channel?.postMessage(message);
		} catch {
			// A window that is closing has no channel any more.
		}
	}
}
