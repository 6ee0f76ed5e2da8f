import {inks} from "./palette";

const WIDTH = 1200;
const MARGIN = 24;
const LINE = 20;
const CELL_HEIGHT = 24;
const FONT = "13px sans-serif";
const TITLE_FONT = "bold 16px sans-serif";

/** What shapes a piece of SVG and would be lost outside the page. */
const SVG_STYLES = [
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-opacity",
    "stroke-width",
    "font-size",
    "font-family",
    "font-weight",
    "text-anchor",
];

/**
 * Break a text into lines.
 *
 * @param {string} text
 * @param {number} width in pixels
 * @param {(text: string) => number} measure width of a text in pixels
 * @returns {string[]}
 */
export function wrapText(text, width, measure) {
    const lines = [];
    for (const word of text.split(/\s+/).filter(Boolean)) {
        const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
        if (lines.length && measure(longer) <= width) {
            lines[lines.length - 1] = longer;
        } else {
            lines.push(word);
        }
    }
    return lines;
}

/** An SVG element of the page as an image, looking as it does there. */
async function svgImage(svg) {
    const copy = svg.cloneNode(true);
    const originals = [svg, ...svg.querySelectorAll("*")];
    [copy, ...copy.querySelectorAll("*")].forEach((node, index) => {
        const style = getComputedStyle(originals[index]);
        for (const name of SVG_STYLES) {
            node.style.setProperty(name, style.getPropertyValue(name));
        }
    });
    const {width, height} = svg.getBoundingClientRect();
    copy.setAttribute("width", width);
    copy.setAttribute("height", height);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    const image = new Image();
    const text = new XMLSerializer().serializeToString(copy);
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await image.decode();
    return {image, width, height};
}

/** Something drawn in one piece: `draw(context, x, y)` and the height it takes. */
async function pictureOf(element) {
    const canvas = element.querySelector("canvas");
    const svg = element.querySelector("svg.o_analysis_svg");
    if (!canvas && !svg) {
        return null;
    }
    const {image, width, height} = canvas
        ? {image: canvas, width: canvas.clientWidth, height: canvas.clientHeight}
        : await svgImage(svg);
    const scale = Math.min(1, (WIDTH - 2 * MARGIN) / width);
    return {
        height: height * scale,
        draw: (context, x, y) =>
            context.drawImage(image, x, y, width * scale, height * scale),
    };
}

/** The rows of a table of the page, its cells with their colours. */
function tableOf(element) {
    const table = element.querySelector("table");
    if (!table) {
        return null;
    }
    const rows = [...table.rows].map((row) => {
        const outer = row.getBoundingClientRect();
        return [...row.cells].map((cell) => {
            const box = cell.getBoundingClientRect();
            const style = getComputedStyle(cell);
            const text = cell.querySelector("input, textarea")?.value ?? cell.innerText;
            return {
                text: text.trim().replace(/\s+/g, " "),
                x: box.left - outer.left,
                width: box.width,
                color: style.color,
                background: style.backgroundColor,
                bold: Number(style.fontWeight) > 500,
                hatched: cell.classList.contains("o_analysis_partial"),
                centred: style.textAlign === "center",
                right: ["right", "end"].includes(style.textAlign),
            };
        });
    });
    const scale = Math.min(1, (WIDTH - 2 * MARGIN) / table.offsetWidth);
    return {
        height: rows.length * CELL_HEIGHT * scale,
        draw: (context, x, y) => drawRows(context, rows, x, y, scale),
    };
}

/** Lines across a cell whose period is not over, as on the page. */
function hatch(context, x, y, width, height) {
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    context.beginPath();
    for (let at = x - height; at < x + width; at += 8) {
        context.moveTo(at, y + height);
        context.lineTo(at + height, y);
    }
    context.strokeStyle = "rgba(128, 128, 128, 0.5)";
    context.stroke();
    context.restore();
}

function drawRows(context, rows, x, y, scale) {
    context.save();
    context.translate(x, y);
    context.scale(scale, scale);
    rows.forEach((cells, number) => {
        const top = number * CELL_HEIGHT;
        for (const cell of cells) {
            context.fillStyle = cell.background;
            context.fillRect(cell.x, top, cell.width, CELL_HEIGHT - 2);
            if (cell.hatched) {
                hatch(context, cell.x, top, cell.width, CELL_HEIGHT - 2);
            }
            context.fillStyle = cell.color;
            context.font = cell.bold ? `bold ${FONT}` : FONT;
            const align = cell.centred ? "center" : cell.right ? "right" : "left";
            const at = {center: 0.5, right: 1, left: 0}[align] * cell.width;
            context.textAlign = align;
            const inset = {center: 0, right: -6, left: 6}[align];
            context.fillText(cell.text, cell.x + at + inset, top + 16, cell.width - 8);
        }
    });
    context.restore();
}

/** Figures in boxes, as lines of text: label, value, what it stands on. */
function figuresOf(element) {
    const boxes = [...element.querySelectorAll(".o_analysis_figure")];
    const texts = boxes.map((box) =>
        [...box.children].map((child) => child.innerText.trim().replace(/\s+/g, " ")),
    );
    const perRow = 5;
    const width = (WIDTH - 2 * MARGIN) / perRow;
    const height = 3 * LINE + 12;
    return {
        height: Math.ceil(texts.length / perRow) * height,
        draw: (context, x, y) =>
            texts.forEach((lines, index) =>
                lines.forEach((line, number) => {
                    context.fillStyle = inks().ink;
                    context.textAlign = "left";
                    context.font = number === 1 ? TITLE_FONT : FONT;
                    context.fillText(
                        line,
                        x + (index % perRow) * width,
                        y + Math.floor(index / perRow) * height + (number + 1) * LINE,
                        width - 12,
                    );
                }),
            ),
    };
}

/** What is suggested, as lines of text. */
function adviceOf(element) {
    const texts = [...element.querySelectorAll(".o_analysis_advice_text")];
    if (!texts.length) {
        return null;
    }
    const context = document.createElement("canvas").getContext("2d");
    context.font = FONT;
    const measure = (text) => context.measureText(text).width;
    const lines = texts.flatMap((text) =>
        wrapText(text.innerText, WIDTH - 2 * MARGIN, measure),
    );
    return {
        height: lines.length * LINE,
        draw: (target, x, y) =>
            lines.forEach((line, number) => {
                target.font = FONT;
                target.textAlign = "left";
                target.fillStyle = inks().ink;
                target.fillText(line, x, y + (number + 1) * LINE);
            }),
    };
}

async function pieceOf(element) {
    return (
        (await pictureOf(element)) ||
        tableOf(element) ||
        adviceOf(element) ||
        (element.querySelector(".o_analysis_figure") && figuresOf(element))
    );
}

/**
 * Draw a whole analysis as one picture.
 *
 * @param {HTMLElement} page the element that holds the blocks
 * @param {{title: string, help: string}} texts
 * @returns {Promise<Blob>} a PNG
 */
export async function drawPage(page, {title, help}) {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d");
    context.font = FONT;
    const measure = (text) => context.measureText(text).width;
    const lines = wrapText(help, WIDTH - 2 * MARGIN, measure);
    const pieces = [];
    for (const element of page.querySelectorAll(".o_analysis_block")) {
        const piece = await pieceOf(element);
        if (piece) {
            pieces.push({...piece, title: element.querySelector("h2")?.innerText});
        }
    }
    const total = pieces.reduce((sum, {height}) => sum + height + 3 * LINE, 0);
    const ratio = window.devicePixelRatio || 1;
    canvas.width = WIDTH * ratio;
    canvas.height = (2 * MARGIN + (lines.length + 2) * LINE + total) * ratio;
    context.scale(ratio, ratio);
    context.fillStyle = inks().paper;
    context.fillRect(0, 0, canvas.width, canvas.height);
    let y = MARGIN + LINE;
    const write = (text, font) => {
        context.font = font;
        context.textAlign = "left";
        context.fillStyle = inks().ink;
        context.fillText(text, MARGIN, y);
        y += LINE;
    };
    write(title, TITLE_FONT);
    lines.forEach((line) => write(line, FONT));
    for (const piece of pieces) {
        y += LINE;
        if (piece.title) {
            write(piece.title, `bold ${FONT}`);
        }
        piece.draw(context, MARGIN, y - LINE / 2);
        y += piece.height + LINE;
    }
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
