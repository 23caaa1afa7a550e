// Who may change the configuration from within a browser: pages of mlproxy's own origin, and none
// of another, in whichever way a page can send something there.

import assert from 'node:assert/strict';

import { startBrowser } from './browser.mjs';
import { configOf, get, startHttp, startProxy, test, until } from './rig.mjs';

const BACKEND = { url: 'http://127.0.0.1:1' };
const HOSTILE = configOf({ evil: { url: 'http://127.0.0.1:2' } });

// What a page tries, as scripts; each says what the page has got to know.
const say = 'answer => `${answer.type} ${answer.status}`, () => "failed"';
const attempts = url => {
	const hostile = JSON.stringify(JSON.stringify(HOSTILE));
	const post = (type, more = '') => `fetch('${url}', {method: 'POST', body: ${hostile},
		headers: {'content-type': '${type}'}${more}}).then(${say})`;
	const form = (type, fields) => `new Promise(resolve => {
		const frame = document.createElement('iframe'), form = document.createElement('form');
		frame.name = 'to' + Math.random();
		frame.onload = () => resolve('sent');
		document.body.append(frame, form);
		Object.assign(form, {action: '${url}', method: 'POST', enctype: '${type}',
			target: frame.name});
		for (const [name, value] of ${fields})
			form.append(Object.assign(document.createElement('input'), {name, value}));
		form.submit();
	})`;
	const halves = JSON.stringify([JSON.stringify(HOSTILE).slice(0, -1) + ',"x', '":0}']);

	return {
		json: post('application/json'),
		text: post('text/plain'),
		unseen: post('text/plain', ', mode: "no-cors"'),
		withCredentials: post('text/plain', ', mode: "no-cors", credentials: "include"'),
		beacon: `navigator.sendBeacon('${url}', ${hostile}) ? 'sent' : 'failed'`,
		form: form('text/plain', `[${halves}]`),
		encodedForm: form('application/x-www-form-urlencoded', `[${halves}]`),
		manifoldForm: form('multipart/form-data', `[${halves}]`),
		putting: `fetch('${url}', {method: 'PUT', body: ${hostile}}).then(${say})`,
		deleting: `fetch('${url}', {method: 'DELETE'}).then(${say})`,
		reading: `fetch('${url}').then(${say})`,
	};
};

// How often mlproxy's log, as far as it has come, says of its configuration's path that this method was refused so.
const refusals = (proxy, method, status) =>
	[...proxy.err.matchAll(/event=exchange .*/g)].filter(([line]) =>
		line.includes(` method=${method} `) && / path=\S*\/config /.test(line) &&
		line.includes(` status=${status} `)).length;

async function start(t) {
	const proxy = await startProxy(t, configOf({ own: BACKEND }));
	const port = new URL(proxy.url).port;
	const before = (await get(proxy, '/api/config')).body;
	const browser = await startBrowser(t, ['evil.example', 'rebound.example']);

	return { proxy, port, before, browser };
}

test('a page of another origin can neither change nor read the configuration', async t => {
	const { proxy, before, browser } = await start(t);
	const server = await startHttp(t, (request, response) => {
		response.setHeader('content-type', 'text/html').end('<!doctype html><body>');
	});
	const page = await browser.open(server.url.replace('127.0.0.1', 'evil.example') + '/');
	const found = {};

	for (const [name, script] of Object.entries(attempts(`${proxy.url}/api/config`)))
		found[name] = await page.run(script);
	for (const name of ['json', 'text', 'putting', 'deleting', 'reading'])
		assert.equal(found[name], 'failed', name);
	for (const name of ['unseen', 'withCredentials'])
		assert.equal(found[name], 'opaque 0', name);
	assert.equal((await get(proxy, '/api/config')).body, before);
	// they came, and were refused: text, both unseen, the beacon, three forms
	await until(() => refusals(proxy, 'POST', 403) >= 7);
	// json, putting and deleting asked for leave, and got none
	await until(() => refusals(proxy, 'OPTIONS', 405) >= 3);
	assert.equal(refusals(proxy, 'POST', 200) + refusals(proxy, 'PUT', 200), 0);

	// another port of the same machine is of the same site, but not of the same origin
	const sibling = await browser.open(server.url + '/');

	assert.equal(await sibling.run(attempts(`${proxy.url}/api/config`).unseen), 'opaque 0');
	await until(() => refusals(proxy, 'POST', 403) >= 8);
	assert.equal((await get(proxy, '/api/config')).body, before);
});

test('a page whose name was led to mlproxy can do neither', async t => {
	const { proxy, port, before, browser } = await start(t);
	const page = await browser.open(`http://rebound.example:${port}/`);
	const scripts = attempts('/api/config');

	for (const name of ['json', 'text', 'reading'])
		assert.equal(await page.run(scripts[name]), 'basic 403', name);
	await until(() => refusals(proxy, 'POST', 403) >= 2);
	assert.equal((await get(proxy, '/api/config')).body, before);
});

test('a page of the same origin can change and read it', async t => {
	const { proxy, port, browser } = await start(t);
	const page = await browser.open(`http://localhost:${port}/`);
	const scripts = attempts('/api/config');

	assert.equal(await page.run(scripts.text), 'basic 415');
	assert.equal(await page.run(scripts.reading), 'basic 200');
	assert.equal(await page.run(scripts.json), 'basic 200');
	assert.match((await get(proxy, '/api/config')).body, /"evil"/);
});
