import {Component} from "@odoo/owl";
import {describeCell, formatShort, formatValue, heat} from "../format";
import {heatColor} from "../palette";

/** A table whose cells are coloured by their value. */
export class HeatmapBlock extends Component {
    static template = "customer_insight.HeatmapBlock";
    static props = ["block", "currencyId", "onlyReal", "open"];

    /** Lowest and highest value among the cells that may have a colour. */
    get range() {
        const values = this.props.block.rows
            .flatMap((row) => row.cells)
            .filter((cell) => cell && cell.value !== null && !cell.weak && !cell.origin)
            .map((cell) => cell.value)
            .sort((a, b) => a - b);
        const last = values.length - 1;
        // a few extremes must not make all others look alike
        return [values[0], values[Math.floor(last * 0.97)]];
    }

    style(cell, [low, high]) {
        if (!cell || cell.value === null || cell.weak) {
            return "";
        }
        const shade = heat(cell.value, low, high, this.props.block.middle);
        return `background-color: ${heatColor(shade)}`;
    }

    text(cell) {
        return cell ? formatShort(cell.value, this.props.block.kind) : "";
    }

    tip(row, column, cell) {
        if (!cell || cell.value === null) {
            return "";
        }
        const {kind} = this.props.block;
        const value = formatValue(cell.value, kind, this.props.currencyId);
        const head = `${row.label}, ${column}: ${value}`;
        return [head, describeCell(cell), cell.tip].filter(Boolean).join("\n");
    }

    openCell(cell) {
        if (cell && cell.key) {
            this.props.open(cell.key);
        }
    }
}
