// Sends the request of a form to a step, and shows what came of it beside the
// same request at the step before. Without this script the form posts to a page
// that shows the same.
//
//   .try            data-step, data-asgi, data-show: response, trace or both
//     .try-form     textarea[name=request], textarea[name=settings], a button
//     .try-status   says in words what happens (made here)
//     .answers      a section.answer for each step, the lines that only one
//                   has marked + or −

const PATIENCE = 15000; // milliseconds

// attach makes the forms below root send by themselves.
export function attach(root) {
	for (const box of root.querySelectorAll(".try:not([data-attached])")) {
		box.dataset.attached = "";
		new Try(box);
	}
}

class Try {
	constructor(box) {
		this.box = box;
		this.form = box.querySelector(".try-form");
		this.answers = box.querySelector(".answers");
		this.button = this.form.querySelector("button");
		this.status = make("p", { class: "try-status", role: "status" });
		this.answers.before(this.status);
		this.answers.removeAttribute("aria-live"); // the status says what matters
		this.form.addEventListener("submit", (event) => {
			event.preventDefault();
			this.send();
		});
		this.form.addEventListener("keydown", (event) => {
			if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
				event.preventDefault();
				this.send();
			}
		});
	}

	async send() {
		if (this.button.disabled) return;
		const focused = document.activeElement === this.button;
		this.button.disabled = true;
		this.say("Sending …");
		try {
			this.show(await ask(this.message()));
		} catch (error) {
			this.answers.replaceChildren();
			this.say(error.message, true);
		}
		this.button.disabled = false;
		if (focused) this.button.focus();
	}

	message() {
		const { step, asgi, show } = this.box.dataset;
		const settings = this.form.elements.settings?.value ?? "";
		return {
			step,
			request: this.form.elements.request.value,
			settings: settings.trim() ? settings : null,
			asgi: asgi === "true",
			beside: true,
			show,
		};
	}

	show({ here, before, summary }) {
		const both = [section(here, "+", "add", before, this.box.dataset.show)];
		if (before) both.push(section(before, "−", "del", here, this.box.dataset.show));
		this.answers.replaceChildren(...both);
		this.answers.classList.toggle("beside", before !== null);
		this.say(summary);
	}

	say(text, failed = false) {
		this.status.textContent = text;
		this.status.classList.toggle("answer-error", failed);
	}
}

// ask gives the answers, or fails with what a person should know.
async function ask(message) {
	const patience = AbortSignal.timeout(PATIENCE);
	let response;
	let answers;
	try {
		response = await fetch("/api/try", {
			method: "POST",
			headers: { "Content-Type": "application/json" },
			body: JSON.stringify(message),
			signal: patience,
		});
		answers = await response.json();
	} catch {
		if (patience.aborted) throw new Error(`There was no answer within ${PATIENCE / 1000} seconds.`);
		if (response) throw new Error(`The server answered ${response.status}, and nothing that can be read.`);
		throw new Error("The server cannot be reached. Does it still run?");
	}
	if (!response.ok) throw new Error(answers.error ?? `The server answered ${response.status}.`);
	return answers;
}

function section(answer, sign, tint, other, wanted) {
	const name = `Step ${answer.step}${answer.asgi ? ", through ASGI" : ""}`;
	const made = make("section", { class: "answer", "data-step": answer.step, "aria-label": `Answer of ${name}` });
	made.append(make("p", { class: "answer-title" }, name));
	if (answer.error) made.append(make("p", { class: "answer-error" }, answer.error));
	const add = (kind, label, lines, marks) => {
		if (lines.length === 0) return;
		const text = make("pre", { class: kind, tabindex: 0, role: "group", "aria-label": `${label}, ${name}` });
		const marked = other && !other.error ? new Set(marks) : null;
		lines.forEach((line, i) => {
			if (!marked) text.append(line + "\n");
			else text.append(markedLine(line, marked.has(i), sign, tint));
		});
		made.append(make("p", { class: "answer-label", "aria-hidden": true }, label), text);
	};
	if (wanted !== "trace" && answer.response) {
		add("response", "Response", answer.response.replace(/\n$/, "").split("\n"), answer.marks.response);
	}
	if (wanted !== "response") add("trace", "Trace: what happened inside, in order", answer.trace, answer.marks.trace);
	add("log", "Log of the server", answer.log, []);
	return made;
}

function markedLine(line, marked, sign, tint) {
	const made = make("span", { class: marked ? `line ${tint}` : "line" });
	made.append(make("span", { class: "sign" }, marked ? sign : " "), line + "\n");
	return made;
}

function make(name, attributes, text = "") {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
	made.append(text);
	return made;
}
