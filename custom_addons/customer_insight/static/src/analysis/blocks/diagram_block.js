import {_t} from "@web/core/l10n/translation";
import {Component} from "@odoo/owl";
import {formatShort, formatValue} from "../format";

const WIDTH = 960;
const HEIGHT = 620;
const CENTRE = [WIDTH / 2, HEIGHT / 2];
const RING = [330, 215];
const LARGEST = 62;
const SMALLEST = 12;

/**
 * Groups on an oval, each as large as its number, with arrows between them.
 *
 * @param {{nodes: Object[], edges: Object[]}} block
 * @returns {{nodes: Object[], edges: Object[]}} with places, radii and paths
 */
export function arrange({nodes, edges}) {
    const most = Math.max(1, ...nodes.map(({n}) => n));
    const placed = nodes.map((node, index) => {
        const angle = (2 * Math.PI * index) / nodes.length - Math.PI / 2;
        return {
            ...node,
            x: CENTRE[0] + RING[0] * Math.cos(angle),
            y: CENTRE[1] + RING[1] * Math.sin(angle),
            r: Math.max(SMALLEST, LARGEST * Math.sqrt(node.n / most)),
        };
    });
    const byId = Object.fromEntries(placed.map((node) => [node.id, node]));
    const busiest = Math.max(1, ...edges.map(({n}) => n));
    const arrows = edges
        .filter(({source, target}) => byId[source] && byId[target])
        .map((edge) => {
            const from = byId[edge.source];
            const to = byId[edge.target];
            return {
                ...edge,
                from,
                to,
                width: 1 + (9 * edge.n) / busiest,
                path: bend(from, to),
            };
        });
    return {nodes: placed, edges: arrows};
}

/** A curve from rim to rim; there and back take different sides. */
function bend(from, to) {
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const length = Math.hypot(dx, dy) || 1;
    const [ux, uy] = [dx / length, dy / length];
    const start = [from.x + ux * from.r, from.y + uy * from.r];
    const end = [to.x - ux * (to.r + 10), to.y - uy * (to.r + 10)];
    const sway = 0.14 * length;
    const middle = [
        (start[0] + end[0]) / 2 - uy * sway,
        (start[1] + end[1]) / 2 + ux * sway,
    ];
    const at = (point) => point.map((value) => value.toFixed(1)).join(" ");
    return `M ${at(start)} Q ${at(middle)} ${at(end)}`;
}

/** Segments as circles, moves between them as arrows. */
export class DiagramBlock extends Component {
    static template = "customer_insight.DiagramBlock";
    static props = ["block", "currencyId", "onlyReal", "open"];

    get graph() {
        return arrange(this.props.block);
    }

    get viewBox() {
        return `0 0 ${WIDTH} ${HEIGHT}`;
    }

    money(node) {
        return formatShort(node.revenue, "money");
    }

    count(node) {
        return formatValue(node.n, "integer");
    }

    nodeTip(node) {
        const revenue = formatValue(node.revenue, "money", this.props.currencyId);
        return [node.label, _t("%s customers", this.count(node)), revenue].join("\n");
    }

    edgeTip(edge) {
        const count = formatValue(edge.n, "integer");
        return `${edge.from.label} → ${edge.to.label}\n${_t("%s customers", count)}`;
    }
}
