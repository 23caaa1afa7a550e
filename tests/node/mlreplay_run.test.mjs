// run: a capture sent to another server, and what is said of its answers.

import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { capture, sha256 } from './capture.mjs';
import {
	answer, digest, file, fixture, folder, form, isSanitized, listen, photo, post, received,
	replay, sendAnswer, startHttp, startMock, startReplay, tasks, test,
} from './rig.mjs';

const { visual, textual, faces, ocr } = tasks;
const asked = [
	{ entries: visual, payload: photo },
	{ entries: textual, payload: 'a dog on the beach' },
	{ entries: faces, payload: photo },
	{ entries: ocr, payload: fixture('pictures/receipt.jpg') },
	{ entries: { ...visual, ...ocr }, payload: photo },
];

// What the server answers to those, as a capture.
async function record(t, server, exchanges = asked) {
	const answered = [];

	for (const { entries, payload } of exchanges) {
		const { status, body } = await post(server, form(entries, payload));

		answered.push({ entries, payload, status, answer: body });
	}
	return capture(t, answered);
}

// A capture of so many, all answered in the same way.
function simple(t, count, exchange = { entries: textual, payload: 'a dog', answer }) {
	return capture(t, Array.from({ length: count }, () => exchange));
}

async function run(t, path, target, ...args) {
	const json = join(folder(t), 'report.json');
	const program = await replay(['run', path, '--target', target, '--json', json, ...args]);

	return { ...program, report: JSON.parse(readFileSync(json, 'utf8') || 'null') };
}

const numbersOf = ({ requests, compared, regressions, unstable, errors }) =>
	({ requests, compared, regressions, unstable, errors });

test('a server that answers as before is the same', async t => {
	const mock = await startMock(t, 'new');
	const path = await record(t, mock);

	await received(mock);
	const { status, out, err, report } = await run(t, path, mock.url);

	assert.equal(err, '');
	assert.equal(status, 0);
	assert.match(out, /^verdict: same$/m);
	assert.deepEqual(numbersOf(report),
		{ requests: 5, compared: 5, regressions: 0, unstable: 0, errors: 0 });
	assert.deepEqual((await received(mock)).map(({ payloadSha256 }) => payloadSha256).sort(),
		asked.map(({ payload }) => digest(payload)).sort());
});

test('a target with a path is asked below that', async t => {
	const targets = [];
	const server = await startHttp(t, (request, response) => {
		targets.push(`${request.method} ${request.url}`);
		sendAnswer(request, response);
	});
	const { status } = await run(t, await simple(t, 1), `${server.url}/ml/v1/`);

	assert.equal(status, 0);
	assert.deepEqual(targets, ['POST /ml/v1/predict']);
	assert.equal((await run(t, await simple(t, 1), `${server.url}/ml/v1/predict`)).status, 0);
	assert.deepEqual(targets, ['POST /ml/v1/predict', 'POST /ml/v1/predict']);
});

test('other answers, errors and statuses are regressions', async t => {
	const answers = [
		response => response.end('{"clip":"[0.5,0.5]"}'),
		response => response.write('{', () => response.socket.destroy()),
		response => response.writeHead(500).end('{}'),
	];
	const server = await startHttp(t, (request, response) =>
		request.resume().on('end', () => answers.shift()(response)));
	const { status, report } = await run(t, await simple(t, 3), server.url, '--concurrency', '1');

	assert.equal(status, 1);
	assert.deepEqual(numbersOf(report),
		{ requests: 3, compared: 2, regressions: 3, unstable: 0, errors: 1 });
});

test('what differs only beside other requests is unstable', async t => {
	let underWay = 0;
	const server = await startHttp(t, (request, response) => {
		let wasAlone = underWay++ === 0;

		request.resume().on('end', () => setImmediate(() => setImmediate(() => {
			wasAlone &&= underWay === 1;
			underWay--;
			response.end(wasAlone ? answer : '{"clip":"[-0.5]"}');
		})));
	});
	const { status, report } = await run(t, await simple(t, 30), server.url, '--concurrency', '8');

	assert.equal(status, 0);
	assert.equal(report.compared, 30);
	assert.equal(report.regressions, 0);
	assert.ok(report.unstable > 0);
});

test('a server that is not there is told from one that answers wrong', async t => {
	const server = await startHttp(t, sendAnswer);
	const path = await simple(t, 3);

	server.close();
	const { status, err, report } = await run(t, path, server.url, '--fail-if', 'errors>0');

	assert.equal(status, 3);
	assert.match(err, /^mlreplay: the target cannot be reached: Connection refused$/m);
	assert.equal(report.verdict, 'inconclusive');
	assert.equal(report.unreached, 1);
});

// Each connection is taken and dropped, once it has asked something.
const startDeaf = t => listen(t, createServer(socket =>
	socket.on('error', () => {}).once('data', () => socket.destroy())));

test('a server that takes connections and answers nothing is as one that is not there', async t => {
	const server = await startDeaf(t);
	const path = await simple(t, 12);
	const at = name => join(folder(t), name);
	const [junit, html] = [at('junit.xml'), at('report.html')];
	const { status, out, err, report } = await run(t, path, server.url, '--fail-if', 'errors>0',
		'--junit', junit, '--report', html);

	assert.equal(status, 3);
	assert.equal(err, 'mlreplay: the target gave no answer to any of 12 requests\n');
	assert.match(out, /^12 requests, 0 compared, 12 errors$/m);
	assert.match(out, /^verdict: inconclusive$/m);
	assert.equal(report.verdict, 'inconclusive');
	assert.deepEqual(numbersOf(report),
		{ requests: 12, compared: 0, regressions: 0, unstable: 0, errors: 12 });
	assert.match(readFileSync(junit, 'utf8'), /errors="12".*[^]*name="verdict" value="inconclusive"/);
	assert.match(readFileSync(html, 'utf8'), /<h1>inconclusive<\/h1>/);
});

test('a server that fails every time has answered', async t => {
	const server = await startHttp(t, (request, response) =>
		request.resume().on('end', () => response.writeHead(500).end('{}')));
	const { status, err, report } = await run(t, await simple(t, 12), server.url);

	assert.equal(err, '');
	assert.equal(status, 1);
	assert.deepEqual(numbersOf(report),
		{ requests: 12, compared: 12, regressions: 12, unstable: 0, errors: 0 });
});

test('it is asked once whether anybody is there', async t => {
	let connections = 0;
	const server = await listen(t, createServer(socket => {
		connections++;
		socket.destroy();
	}));
	const { status } = await run(t, await simple(t, 40), server.url.replace('http:', 'https:'));

	assert.equal(status, 3);
	assert.equal(connections, 1);
});

test('a baseline that is a server is asked, too', async t => {
	const [old, now] = await Promise.all([startHttp(t, sendAnswer), startHttp(t, sendAnswer)]);
	const wrong = { entries: textual, payload: 'a dog', answer: '{"clip":"[-1]"}' };
	const path = await simple(t, 4, wrong);
	const { status, report } = await run(t, path, now.url, '--baseline', old.url);

	assert.equal(status, 0);
	assert.equal(report.compared, 4);
	assert.equal(report.baselineLatency.count, 4);
	assert.equal((await run(t, path, now.url)).status, 1);
});

test('a condition that is met is a regression', async t => {
	const server = await startHttp(t, sendAnswer);
	const path = await simple(t, 2);

	for (const [condition, wanted] of [
		['p95>=0*base', 1], ['max>300s', 0], ['compared<3', 1], ['errors>0', 0]]) {
		const { status, report } = await run(t, path, server.url, '--fail-if', condition);

		assert.equal(status, wanted, condition);
		assert.equal(report.verdict, wanted ? 'regression' : 'same');
	}
});

test('a dry run says what it would send, and does not', async t => {
	const path = await record(t, await startMock(t, 'old'));
	const { status, out } = await replay(['run', path, '--target', 'http://[::1]:9/base', '--dry-run',
		'--pace', 'x2', '--filter', 'task=ocr', '--limit', '2']);

	assert.equal(status, 0);
	assert.match(out, /^ +0\.000 s {2}#4 {2}POST http:\/\/\[::1\]:9\/base\/predict {2}\d+ bytes {2}ocr$/m);
	assert.match(out, /^ +0\.500 s {2}#5 .* ocr$|^ +0\.500 s {2}#5 .*clip\.visual/m);
	assert.match(out, /^2 would be sent within 0\.500 s, 0 would not$/m);
});

test('a filter adds to the one before it', async t => {
	const path = await record(t, await startMock(t, 'old'));
	const count = async (...words) => {
		const { out } = await replay(['run', path, '--target', 'http://[::1]:9', '--dry-run', ...words]);

		return Number(/^(\d+) would be sent/m.exec(out)[1]);
	};
	const ocr = await count('--filter', 'task=ocr');

	assert.ok(ocr > 0);
	assert.equal(await count('--filter', 'task=ocr', '--filter', 'status=2xx'), ocr);
	assert.equal(await count('--filter', 'task=ocr', '--filter', 'status=4xx'), 0);
});

test('a broken capture is said before anything is sent', async t => {
	let count = 0;
	const server = await startHttp(t, (request, response) => {
		count++;
		sendAnswer(request, response);
	});
	const path = await simple(t, 3);
	const har = join(path, 'capture.har');
	const lines = readFileSync(har, 'utf8').split('\n');

	lines[2] = lines[2].replace('"wait":10', '"wait":11');
	writeFileSync(har, lines.join('\n'));
	const { status, err } = await replay(['run', path, '--target', server.url]);

	assert.equal(status, 4);
	assert.match(err, /capture\.har:3: byte \d+: /);
	assert.equal(count, 0);
});

test('a picture that is not what it was is a broken capture, not another answer', async t => {
	const server = await startHttp(t, (request, response) =>
		request.resume().on('end', () => sendAnswer(request, response)));
	const path = await simple(t, 1, { entries: visual, payload: photo, answer });
	const broken = Buffer.from(photo);

	broken[0] ^= 1;
	writeFileSync(join(path, 'blobs', sha256(photo).slice(0, 2), sha256(photo)), broken);
	for (const more of [[], ['--baseline', server.url]]) {
		const { status, err } = await replay(['run', path, '--target', server.url, ...more]);

		assert.equal(status, 4);
		assert.match(err, /capture\.har:2: byte \d+: .*hash/);
	}
});

test('a photo that is missing is named in full', async t => {
	const path = await capture(t, [{ entries: tasks.visual, payload: photo, answer: '{}' }]);
	const hash = sha256(photo);

	rmSync(join(path, 'blobs', hash.slice(0, 2), hash));
	const { status, err } = await replay(['run', path, '--target', (await startMock(t)).url]);

	assert.equal(status, 4);
	assert.ok(err.endsWith(`capture.har:2: byte 115: blob ${hash}: missing\n`), err);
});

test('wrong words end with 2', async t => {
	const path = await simple(t, 1);
	const to = ['--target', 'http://127.0.0.1:9'];
	const cases = [
		[[], /^mlreplay: found no --target URL/],
		[['--target', 'http://me:secret@x/'], /^mlreplay: --target: found a user or password in it, (?!.*secret)/],
		[[...to, '--json', 'same', '--report', 'same'], /^mlreplay: --json and --report: found "same" twice/],
		[['--target', 'ftp://x'], /^mlreplay: --target: found "ftp:\/\/x": /],
		[[...to, '--baseline', 'new'], /^mlreplay: --baseline: found "new": /],
		[[...to, '--pace', 'fast'], /^mlreplay: --pace: found "fast", wanted original, xFACTOR/],
		[[...to, '--filter', 'task'], /^mlreplay: --filter: found "task", wanted task=NAME/],
		[[...to, '--fail-if', 'p95'], /^mlreplay: --fail-if: found "p95", wanted a condition/],
		[[...to, '--tolerance', 'odd'], /^mlreplay: --tolerance: found no profile/],
		[[...to, '--side', 'both'], /^mlreplay: --side: found "both", wanted client or backend/],
		[[...to, '--ca-file', '/nonexistent/ca'],
			/^mlreplay: --ca-file: \/nonexistent\/ca: No such file or directory$/m],
		[[...to, '--ca-file', file(t, 'odd.pem', 'x')], /odd\.pem: it has no certificates \(PEM\)$/m],
		[[...to, '--ca-file', folder(t)], /it has no certificates \(PEM\)$/m],
		[[...to, '--max-gap', '0'], /^mlreplay: --max-gap: found "0", wanted seconds/],
		[[...to, '--concurrency', '0'], /^mlreplay: --concurrency: found "0"/],
		[[...to, '--json', '/nonexistent/x'], /^mlreplay: \/nonexistent\/x: /],
		[[...to, '--resume', file(t, 'precious', 'x')], /precious: it is of another run/],
	];

	for (const [args, says] of cases) {
		const { status, err } = await replay(['run', path, ...args]);

		assert.match(err, says);
		assert.equal(status, 2, err);
	}
});

test('an interrupted run tells what is there, and goes on from its state', async t => {
	let count = 0;
	const waiting = [];
	const server = await startHttp(t, (request, response) => {
		count++;
		if (count > 20 && count <= 24)
			waiting.push(response);
		else
			sendAnswer(request, response);
	});
	const args = ['run', await simple(t, 40), '--target', server.url,
		'--resume', join(folder(t), 'state')];
	const first = startReplay(args);

	while (waiting.length < 4)
		await new Promise(setImmediate);
	first.child.kill('SIGINT');
	assert.equal(await first.end(), 3);
	assert.match(first.out, /^interrupted: this is not all of it$/m);
	assert.match(first.out, /^20 requests, 20 compared$/m);
	assert.match(first.err, /^mlreplay: interrupted$/m);

	const { status, out } = await replay(args);

	assert.equal(status, 0);
	assert.match(out, /^40 requests, 40 compared$/m);
	assert.equal(count, 44);
	assert.equal((await replay(args)).status, 0);
	assert.equal(count, 44);
});

// To the n-th dog, in one of six ways; none at all from the stop on.
async function startDogs(t) {
	const dogs = {
		stop: Infinity,
		answer(n, response) {
			if (n >= this.stop)
				this.atStop();
			else if (n % 6 === 4)
				response.write('{', () => response.socket.destroy());
			else if (n % 6 === 5)
				response.socket.destroy();
			else
				response.writeHead(n % 6 === 3 ? 500 : 200, { 'content-type': 'application/json' })
					.end(['{"clip":"[0.6,0.8]"}', '{ "clip": "[0.6,0.80001]" }',
						'{"clip":"[0.8,0.6]"}', '{}'][n % 6]);
		},
	};
	const { url } = await startHttp(t, async (request, response) => {
		const pieces = [];

		for await (const piece of request)
			pieces.push(piece);
		dogs.answer(Number(/dog (\d+)/.exec(Buffer.concat(pieces))[1]), response);
	});

	return Object.assign(dogs, { url });
}

// What reports say, but for times.
function toldIn({ json, junit, html }) {
	const { exchanges, tasks, recall, ...head } = JSON.parse(readFileSync(json, 'utf8'));
	const page = readFileSync(html, 'utf8');

	return {
		exchanges: exchanges.map(({ intendedMs, sentMs, latencyMs, ...rest }) => rest),
		tasks, recall,
		numbers: numbersOf(head),
		cases: readFileSync(junit, 'utf8').match(/<testcase.*/g)
			.map(line => line.replace(/ time="[^"]*"/, '')),
		worst: page.match(/<article[^]*?<\/article>/g),
	};
}

test('a run that was interrupted tells at its end what one tells that was not', async t => {
	const dogs = await startDogs(t);
	const path = await capture(t, Array.from({ length: 24 }, (_, n) =>
		({ entries: textual, payload: `dog ${n}`, answer: '{"clip":"[0.6,0.8]"}' })));
	const to = () => {
		const at = folder(t);

		return { json: join(at, 'json'), junit: join(at, 'junit'), html: join(at, 'html') };
	};
	const argsOf = ({ json, junit, html }) => ['run', path, '--target', dogs.url, '--concurrency', '1',
		'--json', json, '--junit', junit, '--report', html];
	const [whole, half] = [to(), to()];
	const state = ['--resume', join(folder(t), 'state')];

	assert.equal((await replay(argsOf(whole))).status, 1);
	dogs.stop = 14;
	const stopped = new Promise(resolve => Object.assign(dogs, { atStop: resolve }));
	const first = startReplay([...argsOf(half), ...state]);

	await stopped;
	first.child.kill('SIGINT');
	assert.equal(await first.end(), 1);
	dogs.stop = Infinity;
	const { status, out } = await replay([...argsOf(half), ...state]);

	assert.equal(status, 1);
	assert.match(out, /^24 requests, 16 compared, 16 regressions/m);
	assert.deepEqual(toldIn(half), toldIn(whole));
});

test('a run that is killed at any moment goes on from its state', async t => {
	let count = 0;
	let next = 7;
	let killed;
	const server = await startHttp(t, (request, response) => {
		if (++count === next)
			killed?.child.kill('SIGKILL');
		sendAnswer(request, response);
	});
	const args = ['run', await simple(t, 60), '--target', server.url,
		'--resume', join(folder(t), 'state')];

	for (let kill = 0; kill < 8; kill++) {
		next = count + 1 + kill;
		killed = startReplay(args);
		assert.equal(await killed.end(), 'SIGKILL');
	}
	killed = undefined;
	const { status, out } = await replay(args);

	assert.equal(status, 0);
	assert.match(out, /^60 requests, 60 compared$/m);
	assert.ok(count <= 60 + 8 * 4, `${count} were sent`); // those under way when it was killed
});

test('what is asked at a pace is asked at that pace', async t => {
	const times = [];
	const server = await startHttp(t, (request, response) => {
		times.push(performance.now());
		sendAnswer(request, response);
	});
	const { status } = await run(t, await simple(t, 3), server.url, '--pace', 'x10');

	assert.equal(status, 0); // the capture has one a second
	assert.ok(times[2] - times[0] > 150, `${times[2] - times[0]} ms`);
});

// The most that a process has had in memory so far, in KiB.
const peakOf = ({ child }) =>
	Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`))[1]);

test('10,000 requests of 200 KB need little memory', async t => {
	const all = isSanitized ? 1000 : 10_000;
	let count = 0;
	let program;
	let peak;
	const server = await startHttp(t, (request, response) => {
		if (++count === all)
			peak = peakOf(program); // who is still to be answered
		sendAnswer(request, response);
	});
	const large = { entries: visual, payload: Buffer.alloc(200_000, 'x'), answer };

	program = startReplay(['run', await simple(t, 1000, large), '--target', server.url,
		'--loop', String(all / 1000)]);
	assert.equal(await program.end(), 0);
	assert.match(program.out, new RegExp(`^${all} requests, ${all} compared$`, 'm'));
	assert.ok(isSanitized || peak < 200 << 10, `${peak} KiB`);
});
