import {_t} from "@web/core/l10n/translation";
import {Component} from "@odoo/owl";
import {formatShare, formatValue} from "../format";

const HALF = 230; // half the width of the pyramid's base
const CENTRE = 250;
const BARS = 560; // where the bars of revenue begin
const BAR = 330;
const LAYER = 76;

/**
 * The layers of a pyramid, each as wide as its share of the customers.
 *
 * @param {Object[]} layers with `share` and `revenue_share`, the highest class first
 * @returns {Object[]} layers with their shape
 */
export function stack(layers) {
    const widest = Math.max(...layers.map(({share}) => share));
    const halves = layers.map(({share}) => Math.max(8, (HALF * share) / widest));
    return layers.map((layer, index) => {
        const y = index * (LAYER + 6);
        const half = halves[index];
        const top = Math.max(4, half - 22);
        const points = [
            [CENTRE - top, y],
            [CENTRE + top, y],
            [CENTRE + half, y + LAYER],
            [CENTRE - half, y + LAYER],
        ];
        return {
            ...layer,
            y,
            points: points.map((point) => point.join(",")).join(" "),
            bar: Math.max(0, layer.revenue_share || 0) * BAR,
        };
    });
}

/** Value classes: customers as a pyramid, their revenue as bars beside it. */
export class PyramidBlock extends Component {
    static template = "customer_insight.PyramidBlock";
    static props = ["block", "currencyId", "onlyReal", "open"];

    get layers() {
        return stack(this.props.block.layers);
    }

    get height() {
        return this.props.block.layers.length * (LAYER + 6) + 30;
    }

    get geometry() {
        return {centre: CENTRE, bars: BARS, layer: LAYER};
    }

    customers(layer) {
        const n = formatValue(layer.n, "integer");
        return _t("%(n)s customers, %(share)s", {n, share: formatShare(layer.share)});
    }

    revenue(layer) {
        const money = formatValue(layer.revenue, "money", this.props.currencyId);
        const {revenue_share: share} = layer;
        return share === null ? money : `${money} · ${formatShare(share)}`;
    }
}
