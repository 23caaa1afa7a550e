// The debug API, as its clients use it: fetch, with several workers.

import assert from 'node:assert/strict';

import {
	answer, configOf, digest, file, form, layouts, photo, post, sendAnswer, startHttp, startMock,
	startProxy, startProxyWith, tasks, test, until,
} from './rig.mjs';

const { visual, textual, faces, ocr } = tasks;

async function debug(proxy, path, { method = 'GET', body } = {}) {
	const headers = body === undefined ? {} : { 'content-type': 'application/json' };
	const response = await fetch(`${proxy.url}/api/debug/${path}`, {
		method, headers, body: body === undefined ? undefined : JSON.stringify(body),
	});
	const text = await response.text();

	assert.equal(response.status, 200, text);
	assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
	return JSON.parse(text);
}

const toggle = (proxy, enabled) => debug(proxy, 'toggle', { method: 'POST', body: { enabled } });

async function startRecording(t, backends, routes = {}, workers = 4) {
	const proxy = await startProxy(t, configOf(backends, routes), workers);
	const { enabled, maxRecords, recordCount } = await toggle(proxy, true);

	assert.deepEqual({ enabled, maxRecords, recordCount },
		{ enabled: true, maxRecords: 1000, recordCount: 0 });
	return proxy;
}

const bodyOf = ({ body, bodyEncoding }) => Buffer.from(body, bodyEncoding);

// Of one exchange, in their order.
function groupsOf(records) {
	const ids = [...new Set(records.map(({ exchangeId }) => exchangeId))];

	return ids.map(id => records.filter(({ exchangeId }) => exchangeId === id));
}

test('each of many exchanges is listed when its answer is there', async t => {
	const backend = await startMock(t, 'main');
	const proxy = await startRecording(t, { main: backend });
	const ask = async i => {
		const headers = { 'x-request-id': `id-${i}` };
		const { status } = await post(proxy, form(textual, `cat ${i}`), { headers });
		const records = await debug(proxy, 'records?bodies=none');
		const own = records.filter(({ exchange }) => exchange === `id-${i}`);

		assert.equal(status, 200);
		assert.deepEqual(own.map(({ type }) => type), ['incoming', 'outgoing']);
		assert.equal(own[1].id, own[0].id + 1);
		assert.deepEqual(own.map(({ exchangeId }) => exchangeId), [own[0].id, own[0].id]);
	};

	await Promise.all(Array.from({ length: 100 }, (_, i) => ask(i)));
	const records = await debug(proxy, 'records');

	assert.deepEqual(records.map(({ id }) => id), records.map((_, i) => i + 1));
	assert.equal(groupsOf(records).length, 100);
});

for (const [name, routes] of Object.entries(layouts)) {
	test(`records have what was sent and answered, ${name}`, async t => {
		const backends = { main: await startMock(t, 'main'), other: await startMock(t, 'other') };
		const proxy = await startRecording(t, backends, routes);
		const answers = [];

		for (const [entries, payload] of [[{ ...faces, ...visual }, photo], [textual, 'Käse'],
			[ocr, photo]])
			answers.push((await post(proxy, form(entries, payload))).body);
		const groups = groupsOf(await debug(proxy, 'records'));

		assert.equal(groups.length, 3);
		for (const [i, [client, ...calls]] of groups.entries()) {
			const [entries, payload] = client.request.parts;
			const bytes = bodyOf(client.request);
			const sha256 = digest(i === 1 ? 'Käse' : photo);

			assert.equal(client.type, 'incoming');
			assert.equal(client.request.bodyEncoding, i === 1 ? 'utf-8' : 'base64');
			assert.equal(bytes.length, client.request.bodySize);
			assert.equal(bytes.length, Number(client.request.headers['content-length']));
			assert.equal(entries.name, 'entries');
			assert.equal(payload.sha256, sha256);
			assert.equal(client.response.body, answers[i]);
			assert.ok(calls.length >= 1);
			for (const call of calls) {
				const own = call.request.parts[1];
				const part = await fetch(proxy.url + own.url);

				assert.equal(call.type, 'outgoing');
				assert.equal(call.error, null);
				assert.equal(own.sha256, sha256);
				assert.equal(digest(Buffer.from(await part.arrayBuffer())), sha256);
				if (calls.length === 1)
					assert.deepEqual(bodyOf(call.request), bytes);
			}
		}
	});
}

test('a photo that comes three times is held once', async t => {
	const proxy = await startRecording(t, { main: await startMock(t, 'main') });
	const large = Buffer.concat(Array(40).fill(photo));

	for (const entries of [visual, faces, ocr])
		assert.ok((await post(proxy, form(entries, large))).status >= 200);
	await debug(proxy, 'records'); // which looks through all of them
	await until(async () => (await debug(proxy, 'status')).bytes < 2 * large.length);
	assert.equal((await debug(proxy, 'status')).recordCount, 6);
});

test('failures are recorded as they were seen', async t => {
	const backend = await startHttp(t, (request, response) => request.socket.destroy());
	const good = await startHttp(t, sendAnswer);
	const proxy = await startRecording(t, { backend, good }, { taskRouting: { clip: ['backend', 'good'] } });

	assert.equal((await post(proxy, form(visual, photo))).body, answer);
	const [client, first, second] = await debug(proxy, 'records?bodies=none');

	assert.deepEqual([client.response.statusCode, client.error, client.fault], [200, null, null]);
	assert.deepEqual([first.backend, first.attempt, first.response, first.fault],
		['backend', 1, null, 'reset']);
	assert.match(first.error, /closed the connection|connection broke/);
	assert.deepEqual([second.backend, second.attempt, second.response.statusCode, second.fault],
		['good', 2, 200, null]);
});

test('switched off it records nothing and keeps what is there', async t => {
	const proxy = await startRecording(t, { main: await startHttp(t, sendAnswer) });

	await post(proxy, form(textual, 'cat'));
	assert.equal((await toggle(proxy, false)).recordCount, 2);
	await post(proxy, form(textual, 'dog'));
	assert.equal((await debug(proxy, 'status')).recordCount, 2);
	await toggle(proxy, true);
	await post(proxy, form(textual, 'cow'));
	assert.equal((await debug(proxy, 'status')).recordCount, 4);
	assert.equal((await debug(proxy, 'records', { method: 'DELETE' })).recordCount, 0);
	assert.deepEqual(await debug(proxy, 'records'), []);
	assert.deepEqual((await debug(proxy, 'records.har')).log.entries, []);
});

test('--debug records from the beginning', async t => {
	const backend = await startHttp(t, sendAnswer);
	const path = file(t, 'config.json', JSON.stringify(configOf({ backend })));
	const proxy = await startProxyWith(t,
		['--config', path, '--listen', '127.0.0.1:0', '--debug']);

	await post(proxy, form(textual, 'cat'));
	assert.equal((await debug(proxy, 'status')).recordCount, 2);
});

test('a recorded page runs no script', async t => {
	const proxy = await startRecording(t, { main: await startHttp(t, sendAnswer) });
	const data = form(visual);
	const page = '<script>fetch("/api/debug/records",{method:"DELETE"})</script>';

	data.append('image', new Blob([page], { type: 'text/html' }), 'photo.html');
	await post(proxy, data);
	const response = await fetch(`${proxy.url}/api/debug/records/1/parts/1`);

	assert.equal(await response.text(), page);
	assert.equal(response.headers.get('content-type'), 'text/html');
	assert.equal(response.headers.get('content-disposition'), 'attachment');
	assert.equal(response.headers.get('content-security-policy'), "default-src 'none'; sandbox");
	assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
});

test('the HAR has every body as it was', async t => {
	const proxy = await startRecording(t, { main: await startMock(t, 'main') });

	await post(proxy, form(visual, photo));
	await post(proxy, form(textual, 'Käse'));
	const records = await debug(proxy, 'records');
	const { log } = await debug(proxy, 'records.har');

	assert.equal(log.version, '1.2');
	assert.equal(log.entries.length, 4);
	for (const [i, { request, response }] of log.entries.entries()) {
		const sent = bodyOf(records[i].request);

		assert.deepEqual(Buffer.from(request.postData.text, 'latin1'), sent);
		assert.deepEqual(Buffer.from(request._content.text, 'base64'), sent);
		assert.equal(response.content.text, records[i].response.body);
	}
	assert.equal((await debug(proxy, 'records.har?after=2&limit=1')).log.entries[0]._seq, 3);
});

const EMBEDDED_MAX = 16 << 20;
const LACKS = 'it is too long to be embedded';

for (const [what, more] of [['may have', 0], ['has too much to have', 1]])
	test(`an answer ${what} its body in the HAR`, async t => {
		const empty = JSON.stringify({ clip: '' });
		const long = JSON.stringify({ clip: 'x'.repeat(EMBEDDED_MAX + more - empty.length) });
		const backend = await startHttp(t, (request, response) => {
			request.resume().on('end', () => response.end(long));
		});
		const proxy = await startRecording(t, { main: backend });

		assert.equal((await post(proxy, form(textual, 'cat'))).body, long);
		const { log } = await debug(proxy, 'records.har');

		assert.equal(log.entries.length, 2);
		for (const { response: { bodySize, content } } of log.entries) {
			assert.equal(bodySize, long.length);
			assert.ok(content.text === (more ? undefined : long));
			assert.equal(content._lacksBody, more ? LACKS : undefined);
		}
		assert.ok((await debug(proxy, 'records/1')).response.body === long);
	});

// What it is made of is in no blobs beside the file.
for (const [what, more] of [['may have', 0], ['has too much to have', 1]])
	test(`a request ${what} its body in the HAR`, async t => {
		const proxy = await startRecording(t, { main: await startMock(t, 'main') });
		const { size } = await new Response(form(textual, 'cat')).blob();
		const text = 'x'.repeat(EMBEDDED_MAX + more - size + 'cat'.length);

		await post(proxy, form(textual, text));
		for (const { request } of (await debug(proxy, 'records.har')).log.entries) {
			assert.equal(request.bodySize, EMBEDDED_MAX + more);
			assert.equal(request._content?.size, more ? undefined : EMBEDDED_MAX);
			assert.equal(request.postData.text.length, more ? 0 : EMBEDDED_MAX);
			assert.equal(request._lacksBody, more ? LACKS : undefined);
			assert.equal(request._recipe, undefined);
		}
	});
