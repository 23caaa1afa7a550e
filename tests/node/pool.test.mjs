// Pools under load whose backends are killed and started again: every request is answered as a
// sound backend would, and mlproxy's memory stays within its limits.
//
// The rule: a backend is asked at most once for a request, so whoever kills all that a request can
// be sent to, one after the other, must lose it. Therefore at least one backend of a pool always
// runs, and the next victims are chosen when those before are back and every request that was under
// way then has its answer. Whom it hits and when is drawn from POOL_SEED, for POOL_SECONDS.

import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';

import {
	configOf, countMoves, isSanitized, photo, post, startMock, startProxy, tasks, test, unnamedFiles,
	until, watchMemory, written,
} from './rig.mjs';

const seconds = Number(process.env.POOL_SECONDS || 5);
const seed = Number(process.env.POOL_SEED || Date.now() % 1_000_000);
const AT_ONCE = 64;
const PHOTO_BYTES = (isSanitized ? 1 : 5) << 20; // they are slow, and it is as much for them
const KEPT_BYTES = (isSanitized ? 8 : 64) << 20;
const MORE_BYTES = 32 << 20; // what mlproxy may hold beside what it keeps

// xorshift32: the same numbers for the same seed.
function randomFrom(start) {
	let state = (start * 2654435761 | 1) >>> 0;

	return below => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		state >>>= 0;
		return state % below;
	};
}

// Different ones, so that an answer shows whether all of its photo has arrived.
function photos(random, count) {
	return Array.from({ length: count }, () => {
		const picture = Buffer.alloc(PHOTO_BYTES);
		const words = new Uint32Array(picture.buffer, picture.byteOffset, PHOTO_BYTES / 4);

		for (let i = 0; i < words.length; i++)
			words[i] = random(0x100000000);
		photo.copy(picture);
		return picture;
	});
}

// Sends photos, so many at a time, until it is stopped; `problems` are the answers that were not
// what was wanted.
class Load {
	constructor(proxy, requests, wanted) {
		Object.assign(this, { proxy, requests, wanted });
		this.answers = 0;
		this.problems = {}; // and how often each came
		this.underWay = new Set();
		this.news = new EventEmitter();
	}

	start(atOnce) {
		this.lines = Array.from({ length: atOnce }, async (_, line) => {
			for (let i = line; !this.isOver; i += atOnce) {
				const answered = this.ask(i % this.requests.length);

				this.underWay.add(answered);
				await answered;
				this.underWay.delete(answered);
				this.answers++;
				this.news.emit('answer');
			}
		});
	}

	async ask(i) {
		const { body: form, headers } = this.requests[i];
		const { status, body } = await post(this.proxy, form, { headers })
			.catch(({ message, cause }) => ({ status: message, body: String(cause) }));

		const problem = `${status} ${body.slice(0, 200)}`;

		if (status !== 200 || body !== this.wanted[i])
			this.problems[problem] = (this.problems[problem] ?? 0) + 1;
	}

	async moreAnswers(count) {
		for (const wanted = this.answers + count; this.answers < wanted;)
			await once(this.news, 'answer');
	}

	// When all that are under way now have their answers.
	settled() {
		return Promise.all(this.underWay);
	}

	async stop() {
		this.isOver = true;
		await Promise.all(this.lines);
	}
}

// Kills some of the backends, but not all, and starts them again, until the time is over.
async function havoc(t, pool, load, random) {
	const end = Date.now() + seconds * 1000;
	let kills = 0;

	while (Date.now() < end) {
		const first = random(pool.length);
		const count = 1 + random(pool.length - 1);
		const victims = Array.from({ length: count }, (_, i) => (first + i) % pool.length);

		for (const at of victims) {
			await load.moreAnswers(random(AT_ONCE / 4));
			await pool[at].kill();
			kills++;
		}
		for (const at of victims) {
			await load.moreAnswers(random(AT_ONCE / 4));
			pool[at] = await startBackend(t, pool[at].name, pool[at].address);
		}
		await load.settled();
	}
	return kills;
}

// On an address that nothing else here uses, so that nobody takes the port meanwhile.
async function startBackend(t, name, listen) {
	const args = ['--no-decode'];

	return Object.assign(await startMock(t, name, { listen, args }), { name });
}

async function startPool(t, size) {
	const names = Array.from({ length: size }, (_, i) => `b${i + 1}`);
	const pool = await Promise.all(
		names.map((name, i) => startBackend(t, name, `127.0.0.${i + 2}:0`)));
	const backends = Object.fromEntries(pool.map(backend => [backend.name, backend]));
	const proxy = await startProxy(t, configOf(backends, {
		taskRouting: { clip: names },
		limits: { keptBytes: KEPT_BYTES },
	}));

	return { pool, proxy };
}

async function survive(t, size) {
	const random = randomFrom(seed);
	const requests = await Promise.all(
		photos(random, 16).map(picture => written(tasks.visual, picture)));
	const { pool, proxy } = await startPool(t, size);
	const wanted = [];

	t.diagnostic(`POOL_SEED=${seed} POOL_SECONDS=${seconds}`);
	for (const { body: form, headers } of requests) {
		const { status, body } = await post(pool[0], form, { headers });

		assert.equal(status, 200);
		assert.ok(!wanted.includes(body), 'each has an answer of its own');
		wanted.push(body);
	}
	const load = new Load(proxy, requests, wanted);
	const memory = watchMemory(t, proxy);

	load.start(AT_ONCE);
	const kills = await havoc(t, pool, load, random);
	await load.stop();
	await until(() => !unnamedFiles(proxy).length);
	const moves = countMoves(proxy);
	t.diagnostic(`${load.answers} answers, ${kills} kills, ${moves} moves to another backend`);
	t.diagnostic(`${Math.round(memory.max / 1024)} KiB of memory`);
	assert.deepEqual(load.problems, {});
	assert.ok(moves > 0);
	if (!isSanitized)
		assert.ok(memory.max <= KEPT_BYTES + MORE_BYTES, `${memory.max} bytes`);
}

test('a pool of two under 64 large uploads', t => survive(t, 2));
test('a pool of three under 64 large uploads', t => survive(t, 3));
