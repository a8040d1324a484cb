// Shows in JupyterLab what a notebook's roles stand for in the book: numbers, limits, citations and
// references. It asks the notebook's own server, and changes what is shown, never what is saved.
(() => {
  const PAUSE_MS = 400, FRESH_MS = 3000;
  const RENDERED = ".jp-MarkdownCell .jp-InputArea > :not(.jp-InputArea-editor)";
  const UNKNOWN = "needs - Unknown Directive";
  const ROLE = /\{[a-z:]+\}`([^`]+)`/g;
  const MISSING = "Cross reference target was not found";
  const told = new Map(); // of each notebook: what was told, and when

  async function ask(app, path) {
    const known = told.get(path);
    if (known && Date.now() - known.at < FRESH_MS) return known.words;
    const { baseUrl, token } = app.serviceManager.serverSettings;
    const headers = token ? { Authorization: `token ${token}` } : {};
    const place = `${baseUrl}compendium/roles?path=${encodeURIComponent(path)}`;
    const answer = await fetch(place, { headers });
    const words = answer.ok ? await answer.json() : { spans: {}, cites: {}, refs: {} };
    told.set(path, { words, at: Date.now() });
    return words;
  }

  function put(node, token, text) {
    node.dataset.role = token;
    if (node.textContent !== text) node.textContent = text;
  }

  // A passage for studies with some part only: its words in place of a box that hides them.
  function unfold(element, words) {
    for (const box of element.querySelectorAll("details:not([data-passage])")) {
      if (box.querySelector("summary")?.textContent.trim() !== UNKNOWN) continue;
      const text = box.querySelector("pre")?.textContent || "";
      const passage = document.createElement("p");
      const shown = new Set(Object.values(words.spans));
      passage.textContent = text.replace(ROLE, (all, token) =>
        words.spans[token] ?? words.cites[token] ?? words.refs[token] ??
        (shown.has(token) ? token : all));
      box.dataset.passage = "";
      box.style.display = "none";
      box.after(passage);
    }
  }

  function show(element, words) {
    unfold(element, words);
    for (const node of element.querySelectorAll("span:not(details span)")) {
      const token = node.dataset.role || node.textContent;
      if (node.dataset.role || !node.children.length || node.title) {
        const kind = node.dataset.kind || node.title || "";
        const of = kind.startsWith("Citation") ? words.cites
          : kind.startsWith("Cross") ? words.refs : words.spans;
        if (token in of) {
          node.dataset.kind = kind;
          node.removeAttribute("title");
          node.classList.remove("text-yellow-600");
          put(node, token, of[token]);
        }
      }
    }
  }

  // The renderer says on the console what this shows in the page.
  function quieted(say) {
    return (...parts) => {
      const lines = String(parts[0]).split("\n");
      if (!lines.every((line) => line.startsWith(MISSING))) say(...parts);
    };
  }

  const plugin = {
    id: "compendium-roles:plugin",
    autoStart: true,
    activate: (app) => {
      console.error = quieted(console.error.bind(console));
      let waiting = null;
      const look = async () => {
        waiting = null;
        const panel = app.shell.currentWidget, path = panel?.context?.path;
        if (!path || !path.endsWith(".ipynb")) return;
        // What is rendered alone: a change in an editor would be saved.
        const rendered = panel.node.querySelectorAll(RENDERED);
        if (!rendered.length) return;
        const words = await ask(app, path);
        rendered.forEach((one) => show(one, words));
      };
      const later = () => {
        if (!waiting) waiting = setTimeout(look, PAUSE_MS);
      };
      new MutationObserver(later).observe(document.body, { childList: true, subtree: true });
    },
  };

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB["compendium-roles"] = {
    init: () => Promise.resolve(),
    get: () => Promise.resolve(() => ({ __esModule: true, default: plugin })),
  };
})();
