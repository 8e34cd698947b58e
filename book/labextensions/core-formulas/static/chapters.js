// JupyterLab plugin: a chapter opened as a notebook reads as on the site. jupyterlab-myst draws boxes,
// formulas and references; it does not know the numbers of the run (glue), listings from files, the
// book's sources, and labels of other chapters. They become plain Markdown here, for its eyes alone:
// the text of the cells stays what it is.
//
// The file is the module container that JupyterLab loads, written by hand so that nothing is built.
(() => {
  const FENCE = /^(`{3,}|:{3,})(?:\{([\w:-]+)\})?(.*)$/;
  const ROLE = /\{([a-z:]+)\}`([^`]+)`|`[^`\n]+`/g;
  const NAMED = /^([^]+?)\s*<([^>]+)>$/;
  const GLUED = 'application/papermill.record/text/plain';
  const PENDING = '…';

  // ---- What a chapter refers to ---------------------------------------------------------------

  class Chapter {
    constructor(panel, contents) {
      this.panel = panel;
      this.contents = contents;
      this.files = new Map();
    }

    // The folder that holds `chapters/`, and the folder of this chapter.
    get root() { return this.panel.context.path.replace(/(^|\/)chapters\/.*$/, '$1'); }
    get folder() { return this.panel.context.path.replace(/[^/]*$/, ''); }

    get cells() { return [...(this.panel.content.model?.cells ?? [])]; }

    resolve(relative) {
      const parts = [];
      for (const part of (this.folder + relative).split('/')) {
        if (part === '..') parts.pop();
        else if (part !== '.') parts.push(part);
      }
      return parts.join('/');
    }

    read(path) {
      if (!this.files.has(path)) {
        const asked = this.contents.get(path, { type: 'file', format: 'text', content: true });
        this.files.set(path, asked.then((file) => file.content, () => ''));
      }
      return this.files.get(path);
    }

    // Numbers that the cells have given names to, so far.
    values() {
      const found = new Map();
      for (const cell of this.cells.filter((one) => one.type === 'code')) {
        for (let i = 0; i < cell.outputs.length; i += 1) {
          const output = cell.outputs.get(i);
          const name = output.metadata?.scrapbook?.name;
          if (name && GLUED in output.data) found.set(name, String(output.data[GLUED]));
        }
      }
      return found;
    }

    defines(label) {
      const text = (cell) => cell.sharedModel.getSource();
      const marks = [`(${label})`, `:label: ${label}\n`, `:name: ${label}\n`];
      const inText = this.cells.filter((cell) => cell.type === 'markdown').map(text).join('\n');
      return marks.some((mark) => `${inText}\n`.includes(mark));
    }
  }

  // ---- Plain forms ----------------------------------------------------------------------------

  function formatted(text, format) {
    const [, digits, kind] = /^\.(\d+)([fg%])$/.exec(format) ?? [];
    if (kind === undefined) return text;
    const value = Number(text);
    if (kind === 'f') return value.toFixed(digits);
    if (kind === '%') return `${(100 * value).toFixed(digits)}%`;
    return String(Number(value.toPrecision(digits)));
  }

  function glued(values, target) {
    const [name, format = ''] = target.split(':');
    const text = values.get(name);
    return text === undefined ? PENDING : formatted(text.replace(/^['"]|['"]$/g, ''), format);
  }

  function sources(bibliography) {
    const found = new Map();
    for (const [, key, fields] of bibliography.matchAll(/^@\w+\{([^,]+),([^]*?)\n\}/gm)) {
      const field = (name) => new RegExp(`^\\s*${name}\\s*=\\s*[{"](.*)[}"],?$`, 'm').exec(fields)?.[1];
      const people = (field('author') ?? key).split(/\s+and\s+/);
      const last = people.map((person) => person.split(',')[0].replace(/[{}\\'"`^~]/g, ''));
      const authors = last.length > 2 ? `${last[0]} et al.` : last.join(' and ');
      found.set(key, { authors, year: field('year') ?? '', url: field('url') });
    }
    return found;
  }

  function cited(known, role, target) {
    const one = (key) => {
      const { authors, year, url } = known.get(key) ?? { authors: key, year: '' };
      const text = role === 'cite:t' ? `${authors} (${year})` : `${authors}, ${year}`;
      return url ? `[${text}](${url})` : text;
    };
    const all = target.split(',').map((key) => one(key.trim())).join('; ');
    return role === 'cite:t' ? all : `(${all})`;
  }

  // The lines of a function or class, `Outer.inner` of one inside a class.
  function definition(text, name) {
    let lines = text.split('\n');
    for (const part of name.split('.')) {
      const start = lines.findIndex((line) => new RegExp(`^\\s*(async def|def|class) ${part}\\b`).test(line));
      if (start < 0) return text;
      const indent = /^\s*/.exec(lines[start])[0];
      let first = start;
      while (first > 0 && lines[first - 1].startsWith(`${indent}@`)) first -= 1;
      let last = start + 1;
      const inside = (line) => /^\s*$/.test(line) || line.startsWith(`${indent} `) || line.startsWith(`${indent})`);
      while (last < lines.length && inside(lines[last])) last += 1;
      lines = lines.slice(first, last);
    }
    return lines.join('\n').trimEnd();
  }

  async function listing(chapter, target, options) {
    let text = await chapter.read(chapter.resolve(target));
    if (options.pyobject) text = definition(text, options.pyobject);
    if (options.lines) {
      const [from, to] = options.lines.split('-');
      text = text.split('\n').slice(from - 1, to || undefined).join('\n');
    }
    return `\`\`\`${options.language ?? 'python'}\n${text}\n\`\`\``;
  }

  async function titled(chapter, path) {
    const text = await chapter.read(chapter.resolve(`${path}.md`));
    return /^# (.*)$/m.exec(text)?.[1] ?? path;
  }

  // ---- A cell's text --------------------------------------------------------------------------

  async function readable(chapter, source) {
    const values = chapter.values();
    const known = sources(await chapter.read(`${chapter.root}references.bib`));
    const words = (label) => label.replace(/^(eq|ex|sec|fig)-/, '').replaceAll('-', ' ');

    async function role(whole, name, given) {
      if (name === undefined) return whole;
      const [, shown, inner] = NAMED.exec(given) ?? [];
      const target = inner ?? given;
      if (name === 'glue:text') return glued(values, target);
      if (name.startsWith('cite')) return cited(known, name, target);
      if (name === 'doc') return `[${shown ?? (await titled(chapter, target))}](${target}.md)`;
      if (name === 'eq' && !chapter.defines(target)) return `(${words(target)})`;
      if (/^(num)?ref$/.test(name) && !chapter.defines(target)) return shown ?? `*${words(target)}*`;
      return whole;
    }

    async function prose(text) {
      const found = [...text.matchAll(ROLE)];
      const plain = await Promise.all(found.map((match) => role(...match)));
      return text.replace(ROLE, () => plain.shift());
    }

    async function directive(name, title, body) {
      const options = Object.fromEntries(
        body.map((line) => /^:([\w-]+):\s*(.*)$/.exec(line)).filter(Boolean).map(([, key, value]) => [key, value]),
      );
      if (name === 'literalinclude') return listing(chapter, title.trim(), options);
      if (name === 'solution-start') return `**Solution to** {ref}\`${title.trim()}\``;
      if (name === 'solution-end') return '';
      if (name === 'nb-exec-table') return '*The table is drawn when the book is built.*';
      return null;
    }

    const parts = [];
    const open = []; // directives whose text is prose like any other
    let plain = [];
    const lines = source.split('\n');
    const flush = async () => {
      parts.push(await prose(plain.join('\n')));
      plain = [];
    };
    for (let at = 0; at < lines.length; at += 1) {
      if (open.length && lines[at].trim() === open.at(-1)) {
        plain.push(lines[at]);
        open.pop();
        continue;
      }
      const [, mark, name, title] = FENCE.exec(lines[at]) ?? [];
      const end = mark === undefined ? -1 : lines.findIndex((line, i) => i > at && line.trim() === mark);
      const body = lines.slice(at + 1, end);
      const changed = name === undefined || end < 0 ? null : await directive(name, title, body);
      if (changed !== null || (end > 0 && name === undefined)) {
        await flush();
        parts.push(changed ?? lines.slice(at, end + 1).join('\n'));
        at = end;
      } else {
        plain.push(lines[at]);
        if (end > 0) open.push(mark);
      }
    }
    await flush();
    return parts.join('\n');
  }

  // ---- The plugin -----------------------------------------------------------------------------

  function adapt(cell, chapterOf) {
    if (!cell.updateFragmentMDAST || cell.readsAsOnTheSite) return;
    cell.readsAsOnTheSite = true;
    const parse = cell.updateFragmentMDAST.bind(cell);
    cell.updateFragmentMDAST = async () => {
      const chapter = chapterOf(cell);
      if (!chapter) return parse();
      // While files are read the toolbar already asks for what is drawn: it gets the empty widget.
      if (cell.inputArea && !cell.inputArea.renderedInput) cell.inputArea.renderInput(cell._mystWidget);
      const shared = cell.model.sharedModel;
      const text = await readable(chapter, shared.getSource());
      // The parser takes the text at its first step, so it alone sees the plain form.
      shared.getSource = () => text;
      const parsed = parse();
      delete shared.getSource;
      return parsed;
    };
  }

  function activate(app, tracker, actions) {
    const chapters = new Map();
    const chapterOf = (cell) => {
      const found = [...chapters.values()].find(({ panel }) => panel.content === cell.parent);
      return found && /(^|\/)chapters\/.*\.md$/.test(found.panel.context.path) ? found : undefined;
    };
    tracker.widgetAdded.connect((_, panel) => {
      chapters.set(panel.id, new Chapter(panel, app.serviceManager.contents));
      panel.disposed.connect(() => chapters.delete(panel.id));
      const factory = panel.content.contentFactory;
      const create = factory.createMarkdownCell.bind(factory);
      factory.createMarkdownCell = (options) => {
        const cell = create(options);
        adapt(cell, chapterOf);
        return cell;
      };
    });

    // Numbers come when cells run: draw the text that shows them again, once for a row of cells.
    let waiting;
    actions.executed.connect((_, { notebook, cell }) => {
      if (cell.model.type !== 'code') return;
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        const shows = notebook.widgets.filter(
          (one) => one.readsAsOnTheSite && one.rendered && one.model.sharedModel.getSource().includes('{glue:'),
        );
        await Promise.all(shows.map((one) => one.updateFragmentMDAST()));
        await shows.find((one) => one.isAttached)?.render();
      }, 300);
    });
  }

  let shared;
  const load = async (name) => {
    const [version] = Object.values(shared[name]);
    return (await version.get())();
  };
  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB['core-formulas'] = {
    init: (scope) => { shared = scope; },
    get: async () => {
      const { INotebookTracker, NotebookActions } = await load('@jupyterlab/notebook');
      const plugin = {
        id: 'core-formulas:chapters',
        description: 'Chapters with the numbers, listings and sources that they have on the site.',
        autoStart: true,
        requires: [INotebookTracker],
        activate: (app, tracker) => activate(app, tracker, NotebookActions),
      };
      return () => ({ __esModule: true, default: plugin });
    },
  };
})();
