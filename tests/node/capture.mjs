// capture: captures written here, in mlproxy's format, so that a test knows each byte of them.

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { folder, written } from './rig.mjs';

const BOUNDARY_START = Buffer.from('\r\n\r\n');

export function sha256(bytes) {
	return createHash('sha256').update(bytes).digest('hex');
}

// Castagnoli's, bit by bit.
function crc32c(bytes) {
	let crc = ~0;

	for (const byte of bytes) {
		crc ^= byte;
		for (let i = 0; i < 8; i++)
			crc = crc & 1 ? crc >>> 1 ^ 0x82f63b78 : crc >>> 1;
	}
	return (~crc >>> 0).toString(16).padStart(8, '0');
}

// An object that begins so, closed.
function withChecksum(front) {
	return `${front},"_crc32c":"${crc32c(Buffer.from(front))}"}`;
}

// The parts of a form that fetch has written.
function partsOf(body, boundary) {
	const delimiter = Buffer.from(`--${boundary}`);
	const parts = [];

	for (let at = body.indexOf(delimiter); ; ) {
		const next = body.indexOf(delimiter, at + delimiter.length);

		if (next < 0)
			return parts;
		const head = body.indexOf(BOUNDARY_START, at);
		const offset = head + BOUNDARY_START.length;
		const text = body.toString('latin1', at, head);
		const bytes = body.subarray(offset, next - 2);

		parts.push({
			name: / name="([^"]*)"/.exec(text)[1],
			fileName: /filename="([^"]*)"/.exec(text)?.[1],
			offset,
			length: bytes.length,
			sha256: sha256(bytes),
		});
		at = next;
	}
}

// The body as a recipe: files are blobs, all else is literal, unless all parts are to be blobs.
function recipeOf(path, body, parts, isAllBlobs) {
	const recipe = [];
	let at = 0;

	for (const { fileName, offset, length, sha256: hash } of parts) {
		if (fileName === undefined && !isAllBlobs)
			continue;
		recipe.push({ text: body.toString('utf8', at, offset) }, { sha256: hash, length });
		mkdirSync(join(path, 'blobs', hash.slice(0, 2)), { recursive: true });
		writeFileSync(join(path, 'blobs', hash.slice(0, 2), hash),
			body.subarray(offset, offset + length));
		at = offset + length;
	}
	recipe.push({ text: body.toString('utf8', at) });
	return recipe;
}

const fieldsOf = fields => Object.entries(fields).map(([name, value]) => ({ name, value }));

async function requestOf(path, exchange) {
	const { entries, payload, url = 'http://immich-ml:3003/predict', fields, isAllBlobs } = exchange;
	const method = entries ? 'POST' : 'GET';
	const { body, headers } = entries ? await written(entries, payload)
		: { body: Buffer.alloc(0), headers: {} };
	const type = headers['content-type'] ?? '';
	const parts = entries ? partsOf(body, type.split('boundary=')[1]) : [];

	return {
		method,
		url,
		httpVersion: 'HTTP/1.1',
		cookies: [],
		headers: fieldsOf({ ...headers, ...fields }),
		queryString: [],
		headersSize: -1,
		bodySize: body.length,
		...entries && {
			postData: { mimeType: type, text: '' },
			_sha256: sha256(body),
			_recipe: recipeOf(path, body, parts, isAllBlobs),
			_parts: parts,
		},
	};
}

function responseOf({ status = 200, answer = '', type = 'application/json' }) {
	return {
		status,
		statusText: status ? 'OK' : '',
		httpVersion: 'HTTP/1.1',
		cookies: [],
		headers: fieldsOf(status ? { 'content-type': type } : {}),
		content: { size: Buffer.byteLength(answer), mimeType: type, text: answer },
		redirectURL: '',
		headersSize: -1,
		bodySize: Buffer.byteLength(answer),
	};
}

// A capture of the exchanges, each with what is asked, `entries` and `payload`, and what came,
// `status` and `answer`; `own` are further members of its entry.
export async function capture(t, exchanges) {
	const path = folder(t);
	const front = '{"log":{"version":"1.2","creator":{"name":"mlproxy","version":"0.1.0"';
	const lines = [];

	for (const [i, exchange] of exchanges.entries()) {
		const wait = exchange.ms ?? 10;
		const text = JSON.stringify({
			_seq: i + 1,
			startedDateTime: new Date(Date.UTC(2026, 10, 21, 8, 0, i)).toISOString(),
			time: wait,
			request: await requestOf(path, exchange),
			response: responseOf(exchange),
			cache: {},
			timings: { send: 0, wait, receive: 0 },
			_side: 'client',
			_id: `id-${i + 1}`,
			...exchange.own,
		}).slice(0, -1);

		lines.push(`${i ? ',' : ''}${withChecksum(text)}\n`);
	}
	writeFileSync(join(path, 'capture.har'),
		`${withChecksum(front)},"pages":[],"entries":[\n${lines.join('')}]}}\n`);
	return path;
}
