import {Component} from "@odoo/owl";
import {formatChange, formatValue} from "../format";

/** A table; rows and cells open the records behind them. */
export class TableBlock extends Component {
    static template = "customer_insight.TableBlock";
    static props = ["block", "currencyId", "onlyReal", "open"];

    isNumber(column) {
        return column.kind !== "text";
    }

    text(row, index) {
        const column = this.props.block.columns[index];
        const value = row.cells[index];
        if (index in row.change) {
            return this.props.onlyReal && !row.change[index] ? "" : formatChange(value);
        }
        return formatValue(value, column.kind, this.props.currencyId);
    }

    cellClass(row, index) {
        const classes = [];
        if (this.isNumber(this.props.block.columns[index])) {
            classes.push("text-end");
        }
        if (!this.props.block.columns[index].grow) {
            classes.push("text-nowrap");
        }
        if (index in row.change) {
            const better = row.cells[index] * this.props.block.columns[index].good;
            const tone = better > 0 ? "text-success" : "text-danger";
            classes.push(row.change[index] ? tone : "text-muted");
        }
        if (this.keyOf(row, index)) {
            classes.push("o_analysis_opens");
        }
        return classes.join(" ");
    }

    keyOf(row, index) {
        return row.keys ? row.keys[index] : row.key;
    }

    openCell(row, index) {
        const key = this.keyOf(row, index);
        if (key) {
            this.props.open(key);
        }
    }
}
