// Scans as a reader looks at them: three slices and a projection that turns, lesions outlined and
// numbered, linked by place and scale where there are two. It draws what the kernel sends and asks
// nothing of any other machine; every value in numbers comes from the kernel.

const PANE_WIDTH = 225, PANE_HEIGHT = 330; // CSS pixels at most
const LINE = "#d55e00", CHOSEN = "#0072b2", CROSS = "#009e73";
const PANES = [ // vertical and horizontal axis of the picture: 0 slices, 1 rows, 2 columns
  { name: "axial", along: 0, down: 1, across: 2, ends: ["R", "L"] },
  { name: "coronal", along: 1, down: 0, across: 2, ends: ["R", "L"] },
  { name: "sagittal", along: 2, down: 0, across: 1, ends: ["A", "P"] },
];

function bytesOf(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

class Picture {
  constructor(image) {
    this.title = image.title;
    this.shape = image.shape;
    this.spacing = image.spacing;
    this.first = image.first;
    this.top = image.top;
    const bytes = bytesOf(image.voxels);
    this.voxels = new Uint16Array(bytes.slice().buffer);
    this.labels = new Uint8Array(this.voxels.length);
    this.lesions = [];
    this.places = [];
    this.projection = null;
  }

  take(outlines) {
    this.lesions = outlines.lesions;
    this.labels = bytesOf(outlines.labels).slice();
    this.places = this.lesions.map(() => []);
    for (let at = 0; at < this.labels.length; at++) {
      if (this.labels[at]) this.places[this.labels[at] - 1].push(at);
    }
  }

  at(z, y, x) {
    return (z * this.shape[1] + y) * this.shape[2] + x;
  }

  voxel(mm) {
    return mm.map((place, axis) => {
      const index = Math.round((place - this.first[axis]) / this.spacing[axis]);
      return Math.min(this.shape[axis] - 1, Math.max(0, index));
    });
  }

  mm(voxel) {
    return voxel.map((index, axis) => this.first[axis] + index * this.spacing[axis]);
  }

  extent(axis) {
    return this.shape[axis] * this.spacing[axis];
  }

  middle(axis) {
    return this.first[axis] + ((this.shape[axis] - 1) * this.spacing[axis]) / 2;
  }

  // The highest value along each line of sight, looking from the front turned by an angle.
  project(degrees) {
    if (this.projection && this.projection.degrees === degrees) return this.projection;
    const [slices, rows, columns] = this.shape;
    const step = Math.min(this.spacing[1], this.spacing[2]);
    const turn = (degrees * Math.PI) / 180, cos = Math.cos(turn), sin = Math.sin(turn);
    const width = Math.ceil(Math.hypot(this.extent(1), this.extent(2)) / step);
    const sights = [];
    for (let u = 0; u < width; u++) {
      const line = [];
      for (let d = 0; d < width; d++) {
        const across = (u - width / 2 + 0.5) * step, deep = (d - width / 2 + 0.5) * step;
        const x = Math.round((across * cos - deep * sin) / this.spacing[2] + (columns - 1) / 2);
        const y = Math.round((across * sin + deep * cos) / this.spacing[1] + (rows - 1) / 2);
        if (x >= 0 && x < columns && y >= 0 && y < rows) line.push(y * columns + x);
      }
      sights.push(Int32Array.from(line));
    }
    const highest = new Uint16Array(slices * width), where = new Int32Array(slices * width).fill(-1);
    for (let z = 0; z < slices; z++) {
      const base = z * rows * columns;
      for (let u = 0; u < width; u++) {
        let best = -1, found = -1;
        for (const offset of sights[u]) {
          const value = this.voxels[base + offset];
          if (value > best) { best = value; found = base + offset; }
        }
        highest[z * width + u] = Math.max(best, 0);
        where[z * width + u] = found;
      }
    }
    this.projection = { degrees, width, step, cos, sin, highest, where };
    return this.projection;
  }

  // Where a voxel lies in the projection: slice and column.
  seen(at, projection) {
    const [, rows, columns] = this.shape;
    const x = at % columns, y = Math.floor(at / columns) % rows, z = Math.floor(at / columns / rows);
    const across = (x - (columns - 1) / 2) * this.spacing[2];
    const back = (y - (rows - 1) / 2) * this.spacing[1];
    const u = across * projection.cos + back * projection.sin;
    return [z, Math.round(u / projection.step + projection.width / 2 - 0.5)];
  }
}

function grey(values, width, height, top, shownTop) {
  const data = new ImageData(width, height);
  const scale = (255 * top) / 65535 / shownTop;
  for (let i = 0; i < values.length; i++) {
    const level = 255 - Math.min(255, values[i] * scale);
    data.data[4 * i] = data.data[4 * i + 1] = data.data[4 * i + 2] = level;
    data.data[4 * i + 3] = 255;
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").putImageData(data, 0, 0);
  return canvas;
}

// Draws a view of rows and columns into a pane: place (mm) and size of its first voxel's edge.
function paint(context, view, place) {
  const { canvas, cell, left, top, up } = view;
  context.imageSmoothingEnabled = false;
  context.save();
  context.translate(left, top);
  context.scale(1, up ? -1 : 1);
  context.drawImage(canvas, 0, 0, canvas.width * cell[1], canvas.height * cell[0]);
  context.restore();
  return place;
}

function outline(context, view, labels, rows, columns, chosen) {
  const { cell, left, top, up } = view;
  const sign = up ? -1 : 1;
  const boxes = new Map();
  const label = (r, c) => (r < 0 || c < 0 || r >= rows || c >= columns ? 0 : labels(r, c));
  context.lineWidth = 1.4;
  for (let r = 0; r <= rows; r++) {
    for (let c = 0; c <= columns; c++) {
      const here = label(r, c), above = label(r - 1, c), before = label(r, c - 1);
      if (here) boxes.set(here, grown(boxes.get(here), r, c));
      const x = left + c * cell[1], y = top + sign * r * cell[0];
      if (here !== above && c < columns) edge(context, x, y, x + cell[1], y, here || above, chosen);
      if (here !== before && r < rows) {
        edge(context, x, y, x, y + sign * cell[0], here || before, chosen);
      }
    }
  }
  return boxes;
}

function edge(context, x0, y0, x1, y1, label, chosen) {
  context.strokeStyle = label === chosen ? CHOSEN : LINE;
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

function grown(box, row, column) {
  if (!box) return [row, row, column, column];
  return [Math.min(box[0], row), Math.max(box[1], row), Math.min(box[2], column),
    Math.max(box[3], column)];
}

function letters(context, text, x, y, colour) {
  context.font = "11px sans-serif";
  context.textBaseline = "middle";
  context.lineWidth = 3;
  context.strokeStyle = "white";
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

class Row {
  constructor(owner, number, element) {
    this.owner = owner;
    this.number = number;
    this.head = document.createElement("div");
    this.head.className = "pet-head";
    this.panes = document.createElement("div");
    this.panes.className = "pet-panes";
    element.append(this.head, this.panes);
    this.canvases = [...PANES.map((pane) => pane.name), "projection"].map((name) => {
      const canvas = document.createElement("canvas");
      canvas.className = `pet-${name}`;
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `${name} view`);
      this.panes.append(canvas);
      return canvas;
    });
    PANES.forEach((pane, index) => this.listen(this.canvases[index], pane));
    this.listenToProjection(this.canvases[3]);
  }

  get picture() { return this.owner.pictures[this.number]; }

  size(canvas, across, down) {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(across * ratio);
    canvas.height = Math.round(down * ratio);
    canvas.style.width = `${across}px`;
    canvas.style.height = `${down}px`;
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = "white";
    context.fillRect(0, 0, across, down);
    return context;
  }

  // Where a view lies in its pane: centred on the body, or zoomed in on the crosshair.
  placed(pane, width, height) {
    const { scale, zoom, model } = this.owner, picture = this.picture;
    const per = scale * zoom, cross = model.get("crosshair");
    const centre = [0, 1, 2].map((axis) => (zoom > 1 ? cross[axis] : picture.middle(axis)));
    const edgeOf = (axis) => picture.first[axis] - picture.spacing[axis] / 2 - centre[axis];
    const up = pane.down === 0;
    return {
      up,
      cell: [picture.spacing[pane.down] * per, picture.spacing[pane.across] * per],
      left: width / 2 + edgeOf(pane.across) * per,
      top: height / 2 + (up ? -1 : 1) * edgeOf(pane.down) * per,
    };
  }

  draw() {
    const { scale, model } = this.owner, picture = this.picture;
    const readout = model.get("readouts")[this.number] || "";
    this.head.textContent = [picture.title, readout].filter(Boolean).join(" · ");
    PANES.forEach((pane, index) => {
      const width = picture.extent(pane.across) * scale, height = picture.extent(pane.down) * scale;
      this.drawSlice(this.canvases[index], pane, width, height);
    });
    this.drawProjection(this.canvases[3], picture.extent(2) * scale, picture.extent(0) * scale);
  }

  drawSlice(canvas, pane, width, height) {
    const picture = this.picture, { model } = this.owner;
    const context = this.size(canvas, width, height);
    const voxel = picture.voxel(model.get("crosshair"));
    const rows = picture.shape[pane.down], columns = picture.shape[pane.across];
    const index = (r, c) => {
      const at = [...voxel];
      at[pane.down] = r;
      at[pane.across] = c;
      return picture.at(...at);
    };
    const values = new Uint16Array(rows * columns);
    for (let r = 0, i = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) values[i++] = picture.voxels[index(r, c)];
    }
    const view = this.placed(pane, width, height);
    view.canvas = grey(values, columns, rows, picture.top, model.get("window"));
    paint(context, view);
    const labels = (r, c) => picture.labels[index(r, c)];
    this.mark(context, view, outline(context, view, labels, rows, columns, this.chosen()));
    this.cross(context, view, voxel[pane.down], voxel[pane.across], width, height);
    letters(context, pane.ends[0], 3, 9, "#595959");
    letters(context, pane.ends[1], width - 12, 9, "#595959");
    canvas.view = view;
  }

  chosen() {
    const name = this.owner.model.get("selected");
    return this.picture.lesions.findIndex((lesion) => lesion.name === name) + 1;
  }

  mark(context, view, boxes) {
    const sign = view.up ? -1 : 1;
    for (const [label, box] of boxes) {
      const { name, site } = this.picture.lesions[label - 1] || { name: "", site: "" };
      const text = [label, site.replaceAll("_", " ") || name].join(" ");
      const x = view.left + (box[3] + 1) * view.cell[1] + 3;
      const y = view.top + (sign * (box[0] + box[1] + 1) * view.cell[0]) / 2;
      letters(context, text, x, y, label === this.chosen() ? CHOSEN : LINE);
    }
  }

  cross(context, view, row, column, width, height) {
    const sign = view.up ? -1 : 1;
    const x = view.left + (column + 0.5) * view.cell[1];
    const y = view.top + sign * (row + 0.5) * view.cell[0];
    context.strokeStyle = CROSS;
    context.lineWidth = 0.8;
    context.beginPath();
    for (const [a, b, c, d] of [[x, 0, x, y - 6], [x, y + 6, x, height], [0, y, x - 6, y],
      [x + 6, y, width, y]]) {
      context.moveTo(a, b);
      context.lineTo(c, d);
    }
    context.stroke();
  }

  drawProjection(canvas, width, height) {
    const picture = this.picture, { model, scale } = this.owner;
    const context = this.size(canvas, width, height);
    const projection = picture.project(model.get("angle"));
    const rows = picture.shape[0], columns = projection.width;
    const view = {
      up: true,
      cell: [picture.spacing[0] * scale, projection.step * scale],
      left: width / 2 - (columns * projection.step * scale) / 2,
      top: height,
      canvas: grey(projection.highest, columns, rows, picture.top, model.get("window")),
    };
    paint(context, view);
    const shadow = new Uint8Array(rows * columns), boxes = new Map();
    picture.places.forEach((places, index) => {
      for (const at of places) {
        const [z, u] = picture.seen(at, projection);
        if (u < 0 || u >= columns) continue;
        shadow[z * columns + u] = index + 1;
        boxes.set(index + 1, grown(boxes.get(index + 1), z, u));
      }
    });
    outline(context, view, (r, c) => shadow[r * columns + c], rows, columns, this.chosen());
    this.mark(context, view, boxes);
    letters(context, `${model.get("angle")}°`, 3, 9, "#595959");
    canvas.view = view;
  }

  // The row and column of a view under the pointer.
  under(canvas, event) {
    const box = canvas.getBoundingClientRect(), { view } = canvas;
    const down = (event.clientY - box.top - view.top) * (view.up ? -1 : 1);
    return [Math.floor(down / view.cell[0]),
      Math.floor((event.clientX - box.left - view.left) / view.cell[1])];
  }

  voxelUnder(canvas, pane, event) {
    const [row, column] = this.under(canvas, event);
    const voxel = this.picture.voxel(this.owner.model.get("crosshair"));
    voxel[pane.down] = row;
    voxel[pane.across] = column;
    const inside = voxel.every((index, axis) => index >= 0 && index < this.picture.shape[axis]);
    return inside ? voxel : null;
  }

  listen(canvas, pane) {
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.stroke = this.owner.drawing ? new Set() : null;
      this.move(canvas, pane, event, true);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons) this.move(canvas, pane, event, false);
    });
    canvas.addEventListener("pointerup", () => this.endStroke());
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const voxel = this.picture.voxel(this.owner.model.get("crosshair"));
      voxel[pane.along] += event.deltaY < 0 ? 1 : -1;
      this.owner.go(this.picture.mm(voxel.map((index, axis) =>
        Math.min(this.picture.shape[axis] - 1, Math.max(0, index)))));
    }, { passive: false });
  }

  move(canvas, pane, event, first) {
    const voxel = this.voxelUnder(canvas, pane, event);
    if (!voxel) return;
    if (this.stroke) return this.brush(pane, voxel);
    const label = this.picture.labels[this.picture.at(...voxel)];
    if (first && label) this.owner.select(this.picture.lesions[label - 1].name);
    this.owner.go(this.picture.mm(voxel));
  }

  brush(pane, voxel) {
    const picture = this.picture, { model } = this.owner, radius = model.get("brush") / 2;
    const value = model.get("mode") === "paint" ? this.chosen() || 255 : 0;
    const reach = [0, 1, 2].map((axis) => Math.floor(radius / picture.spacing[axis]));
    for (let r = -reach[pane.down]; r <= reach[pane.down]; r++) {
      for (let c = -reach[pane.across]; c <= reach[pane.across]; c++) {
        const away = Math.hypot(r * picture.spacing[pane.down], c * picture.spacing[pane.across]);
        const at = [...voxel];
        at[pane.down] += r;
        at[pane.across] += c;
        const inside = at.every((index, axis) => index >= 0 && index < picture.shape[axis]);
        if (away > radius + 1e-6 || !inside) continue;
        if (!value && this.chosen() !== picture.labels[picture.at(...at)]) continue;
        picture.labels[picture.at(...at)] = value;
        this.stroke.add(at.join(","));
      }
    }
    this.owner.draw();
  }

  endStroke() {
    if (this.stroke && this.stroke.size) {
      const voxels = [...this.stroke].map((key) => key.split(",").map(Number));
      this.owner.model.send({ kind: "stroke", picture: this.number, voxels });
    }
    this.stroke = null;
  }

  listenToProjection(canvas) {
    let from = null;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      from = { x: event.clientX, angle: this.owner.model.get("angle"), turned: false };
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!event.buttons || !from) return;
      const by = Math.round((event.clientX - from.x) / 2) * 2;
      if (Math.abs(by) < 4 && !from.turned) return;
      from.turned = true;
      this.owner.turn((((from.angle - by) % 360) + 360) % 360);
    });
    canvas.addEventListener("pointerup", (event) => {
      if (from && !from.turned) this.jump(canvas, event);
      from = null;
    });
  }

  // From the projection to the voxel that is seen there.
  jump(canvas, event) {
    const [row, column] = this.under(canvas, event), projection = this.picture.projection;
    if (row < 0 || row >= this.picture.shape[0] || column < 0 || column >= projection.width) return;
    const at = projection.where[row * projection.width + column];
    if (at < 0) return;
    const [, rows, columns] = this.picture.shape;
    const voxel = [Math.floor(at / columns / rows), Math.floor(at / columns) % rows, at % columns];
    if (this.picture.labels[at]) {
      this.owner.select(this.picture.lesions[this.picture.labels[at] - 1].name);
    }
    this.owner.go(this.picture.mm(voxel));
  }
}

class View {
  constructor(model, element) {
    this.model = model;
    this.element = element;
    this.pictures = [];
    this.rows = [];
    this.waiting = false;
    element.classList.add("pet-view");
  }

  get zoom() { return this.model.get("zoom"); }

  get drawing() { return this.model.get("mode") !== "look"; }

  load() {
    this.pictures = this.model.get("images").map((image) => new Picture(image));
    this.element.replaceChildren();
    this.rows = this.pictures.map((_, number) => new Row(this, number, this.element));
    const across = Math.max(...this.pictures.map((one) => Math.max(one.extent(1), one.extent(2))));
    const down = Math.max(...this.pictures.map((one) => one.extent(0)));
    this.scale = Math.min(PANE_WIDTH / across, PANE_HEIGHT / down);
    this.outlines();
  }

  outlines() {
    const outlines = this.model.get("outlines");
    if (outlines.length !== this.pictures.length) return;
    this.pictures.forEach((picture, number) => picture.take(outlines[number]));
    this.draw();
  }

  draw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.rows.forEach((row) => row.draw());
      this.element.dataset.angle = this.model.get("angle");
      this.element.dataset.drawn = String(Number(this.element.dataset.drawn || 0) + 1);
    });
  }

  go(mm) { this.set("crosshair", mm); }

  select(name) { this.set("selected", name); }

  turn(angle) { this.set("angle", angle); }

  set(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
    this.draw();
  }
}

function render({ model, el }) {
  const view = new View(model, el);
  const changes = {
    images: () => view.load(),
    outlines: () => view.outlines(),
  };
  for (const name of ["crosshair", "selected", "window", "zoom", "angle", "readouts", "mode"]) {
    changes[name] = () => view.draw();
  }
  for (const [name, change] of Object.entries(changes)) model.on(`change:${name}`, change);
  view.load();
  return () => {
    for (const [name, change] of Object.entries(changes)) model.off(`change:${name}`, change);
  };
}

export default { render };
