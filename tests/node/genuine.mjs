// genuine: the recorded session of Immich's own machine-learning service, and a backend that
// answers its requests again: as recorded, or with what the service said under other conditions.
//
//     fixtures/session/NN-name.request, .response   what was on the wire
//     fixtures/answers/NAME.jsonl                   other answers to the same requests

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const fixtures = new URL('../../fixtures/', import.meta.url);

// -- the session ----------------------------------------------------------------------------------

// A message on the wire, without content codings; header names in lower case.
function read(bytes) {
	const end = bytes.indexOf('\r\n\r\n');
	const [start, ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
	const headers = lines.map(line => {
		const at = line.indexOf(':');

		return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
	});

	return {
		start: start.split(' '),
		headers: Object.fromEntries(headers),
		body: bytes.subarray(end + 4),
	};
}

// Its exchanges in their order.
export function session() {
	const folder = new URL('session/', fixtures);
	const names = readdirSync(folder).filter(name => name.endsWith('.request')).sort();

	return names.map(name => {
		const file = kind => readFileSync(new URL(name.replace(/request$/, kind), folder));
		const { start: [method, target], headers, body } = read(file('request'));
		const answer = read(file('response'));

		return {
			n: Number.parseInt(name, 10),
			request: { method, target, headers, body },
			answer: { status: Number(answer.start[1]), headers: answer.headers, body: answer.body },
		};
	});
}

// -- which request it is --------------------------------------------------------------------------

function sorted(value) {
	if (Array.isArray(value))
		return value.map(sorted);
	if (typeof value !== 'object' || value === null)
		return value;
	return Object.fromEntries(Object.keys(value).sort().map(key => [key, sorted(value[key])]));
}

function canonical(text) {
	try {
		return sorted(JSON.parse(text));
	} catch {
		return text;
	}
}

function partsOf({ headers, body }) {
	const [, boundary] = /boundary=([^;]+)/.exec(headers['content-type'] ?? '') ?? [];

	if (!boundary)
		return [];
	return body.toString('latin1').split(`--${boundary}`).slice(1, -1).map(part => {
		const end = part.indexOf('\r\n\r\n');
		const [, name] = /name="([^"]*)"/.exec(part.slice(0, end));

		return { name, content: part.slice(end + 4, -2) };
	});
}

// The same text for the same question, whatever its boundary and the order of its keys.
function questionOf(request) {
	const parts = partsOf(request);
	const entries = parts.find(({ name }) => name === 'entries');
	const hash = createHash('sha256');

	for (const { name, content } of parts)
		if (name !== 'entries')
			hash.update(`${name}\n${content}`, 'latin1');
	return JSON.stringify([
		request.method, request.target.split('/').at(-1), canonical(entries?.content ?? null),
		hash.digest('hex'),
	]);
}

// -- a backend ------------------------------------------------------------------------------------

// Other answers, by the number of the exchange.
function answersNamed(name) {
	const text = readFileSync(new URL(`answers/${name}.jsonl`, fixtures), 'utf8');
	const lines = text.trim().split('\n').map(line => JSON.parse(line));
	const read = ({ n, status, answer }) => [n, { status, body: Buffer.from(answer) }];

	return new Map(lines.map(read));
}

// With the recorded headers, date included.
function answerOf({ n, answer }, others) {
	const { status, body } = others?.get(n) ?? answer;

	return { status, body, headers: { ...answer.headers, 'content-length': body.length } };
}

// A server that knows the session's requests, and answers any other with 404. `name`: of the
// answers; none: as recorded.
export function genuineServer(name) {
	const others = name && answersNamed(name);
	const answers = new Map(session().map(exchange =>
		[questionOf(exchange.request), answerOf(exchange, others)]));
	const unknown = { status: 404, headers: {}, body: 'not of the session' };

	return createServer({ keepAliveTimeout: 0 }, (request, response) => {
		const { method, url: target, headers } = request;
		const pieces = [];

		request.on('data', piece => pieces.push(piece)).on('end', () => {
			const question = questionOf({ method, target, headers, body: Buffer.concat(pieces) });
			const { status, headers: fields, body } = answers.get(question) ?? unknown;

			response.sendDate = false;
			response.writeHead(status, fields).end(body);
		});
	});
}
