// The reference of `kit bench pouchdb`: one PouchDB pulls every document from another, which an
// express-pouchdb serves on loopback; both keep them with LevelDB on disk. Two processes, as two
// machines would. Last line: the seconds that the pull took.
import { fork } from "node:child_process";
import { createRequire } from "node:module";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const PouchDB = require("pouchdb");
const [count, batch, folder, role] = [Number(process.argv[2]), Number(process.argv[3]), ...process.argv.slice(4)];
const NAME = "sets";
const NOTE = "surveillance rapprochée, revoir avec le médecin de garde avant 06:00";

/** One set of vitals as the kit's own bench writes it, with what its envelope says. */
function document(place) {
  return {
    _id: String(place).padStart(8, "0"),
    type: "vitals.recorded", actor: "nurse", session: "session", wall: 1795000000000 + place,
    patient: (place % 2000).toString(16).toUpperCase().padStart(16, "0"),
    at: 1795000000000 - (place * 7919) % 86400000,
    values: {
      temp: "37.2", hr: "88", sbp: "124", dbp: "72", rr: "18", spo2: "95",
      oxygen: "0", acvpu: "A", pain: "3",
    },
    note: NOTE,
  };
}

async function serve() {
  const express = require("express");
  const prefix = join(folder, "served") + "/";
  mkdirSync(prefix, { recursive: true });
  const Served = PouchDB.defaults({ prefix });
  const base = new Served(NAME);
  for (let start = 0; start < count; start += 1000) {
    const size = Math.min(1000, count - start);
    await base.bulkDocs(Array.from({ length: size }, (_, n) => document(start + n)));
  }
  const app = express();
  const door = require("express-pouchdb")(Served, {
    mode: "minimumForPouchDB", logPath: join(folder, "served.log"),
    configPath: join(folder, "served.json"),
  });
  app.use("/", door);
  const server = app.listen(0, "127.0.0.1", () => process.send(server.address().port));
}

async function pull(port) {
  const prefix = join(folder, "pulled") + "/";
  mkdirSync(prefix, { recursive: true });
  const Pulled = PouchDB.defaults({ prefix });
  const here = new Pulled(NAME);
  await here.info();
  const start = performance.now();
  const done = await here.replicate.from(`http://127.0.0.1:${port}/${NAME}`, { batch_size: batch });
  const seconds = (performance.now() - start) / 1000;
  const held = (await here.info()).doc_count;
  if (!done.ok || held !== count) throw new Error(`${held} of ${count} documents arrived`);
  await here.close();
  return seconds;
}

if (role === "serve") {
  await serve();
} else {
  const server = fork(fileURLToPath(import.meta.url), [String(count), String(batch), folder, "serve"], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const port = await new Promise((told, failed) => {
    server.once("message", told);
    server.once("exit", (code) => failed(new Error(`the server ended with ${code}`)));
  });
  try {
    console.log(await pull(port));
  } finally {
    server.kill();
  }
}
