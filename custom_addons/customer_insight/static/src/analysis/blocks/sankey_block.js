/* global d3 */
import {_t} from "@web/core/l10n/translation";
import {Component} from "@odoo/owl";
import {formatValue} from "../format";
import {colorOf} from "../palette";

const WIDTH = 960;
const LABELS = 190; // room beside the columns, in the same unit
const LABEL_LENGTH = 18; // with the number, in that room
const ROW = 40;

/**
 * Lay flows out: where the nodes stand and how the bands between them run.
 *
 * @param {{nodes: Object[], links: Object[]}} block
 * @returns {{width: number, height: number, nodes: Object[], links: Object[]}}
 */
export function layOut(block) {
    const perSide = Math.max(
        ...["from", "to"].map(
            (side) => block.nodes.filter((node) => node.side === side).length,
        ),
    );
    const height = Math.max(240, perSide * ROW);
    const order = new Map(block.nodes.map(({id}, index) => [id, index]));
    const graph = d3
        .sankey()
        .nodeId(({id}) => id)
        .nodeWidth(14)
        .nodePadding(10)
        .nodeSort((a, b) => order.get(a.id) - order.get(b.id))
        .extent([
            [LABELS, 4],
            [WIDTH - LABELS, height - 4],
        ])({
        nodes: block.nodes.map((node) => ({...node})),
        links: block.links.map((link) => ({...link})),
    });
    const path = d3.sankeyLinkHorizontal();
    return {
        width: WIDTH,
        height,
        nodes: graph.nodes,
        links: graph.links.map((link) => ({...link, path: path(link)})),
    };
}

/** Flows between the groups of two days, as bands as wide as the number of customers. */
export class SankeyBlock extends Component {
    static template = "customer_insight.SankeyBlock";
    static props = ["block", "currencyId", "onlyReal", "open"];

    setup() {
        this.layOut = layOut;
    }

    linkColor(link) {
        return link.back ? colorOf("back") : colorOf(link.source.color);
    }

    /** Those who stayed stand back behind those who moved. */
    linkOpacity(link) {
        return link.stays && !link.back ? 0.22 : 0.5;
    }

    short(label) {
        return label.length > LABEL_LENGTH
            ? `${label.slice(0, LABEL_LENGTH - 1)}…`
            : label;
    }

    tip(link) {
        const customers = formatValue(link.value, "integer");
        const revenue = formatValue(link.revenue, "money", this.props.currencyId);
        const way = `${link.source.label} → ${link.target.label}`;
        const lines = [way, _t("%s customers", customers), _t("carry %s", revenue)];
        return (link.back ? [...lines, _t("came back")] : lines).join("\n");
    }

    size(node) {
        return formatValue(node.value, "integer");
    }
}
