// Has Mermaid's own parser read flowcharts: `node mermaid_parse.mjs FILE`, where FILE holds a list of texts as JSON.
// Prints for each what Mermaid understood: its boxes with their texts decoded, arrows and frames; or its error.
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");

// How Mermaid marks entities of its own while it reads.
const decoded = (text) =>
  text.replace(/ﬂ°°(\d+)¶ß|ﬂ°(\w+)¶ß/g, (_, code, name) => (code ? String.fromCodePoint(Number(code)) : `&${name};`));

async function read(text) {
  try {
    const { diagramType, config } = await mermaid.parse(text);
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    const boxes = [...db.getVertices().values()];
    return {
      type: diagramType,
      config: Object.keys(config ?? {}),
      boxes: Object.fromEntries(boxes.map((box) => [box.id, decoded(box.text)])),
      styled: boxes.filter((box) => box.classes.length || box.styles.length || box.link || box.haveCallback).length,
      arrows: db.getEdges().map((edge) => [edge.start, edge.end, edge.stroke]),
      frames: Object.fromEntries(db.getSubGraphs().map((frame) => [frame.id, [decoded(frame.title), frame.nodes]])),
      title: db.getAccTitle(),
      error: "",
    };
  } catch (error) {
    return { error: String(error) };
  }
}

const charts = JSON.parse(readFileSync(process.argv[2], "utf8"));
const found = [];
for (const chart of charts) found.push(await read(chart));
process.stdout.write(JSON.stringify(found));
