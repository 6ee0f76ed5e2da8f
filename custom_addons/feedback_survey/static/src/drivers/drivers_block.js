/* global Chart */
import {Component, useEffect, useRef} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {analysisBlocks} from "@customer_insight/analysis/analysis_action";
import {formatValue} from "@customer_insight/analysis/format";
import {colorOf, inks} from "@customer_insight/analysis/palette";

/** Height of a line of text: names nearer than this are left out. */
const LINE = 13;
const COLORS = ["main", "at_risk"];

/** Writes the name of each part beside its point, where there is room for it. */
const names = {
    id: "names",
    afterDatasetsDraw(chart) {
        const {ctx, chartArea} = chart;
        const written = [];
        ctx.save();
        ctx.font = "12px sans-serif";
        ctx.fillStyle = inks().ink;
        ctx.textBaseline = "middle";
        chart.data.datasets.forEach((dataset, index) => {
            chart.getDatasetMeta(index).data.forEach((element, number) => {
                const {label} = dataset.data[number].part;
                const width = ctx.measureText(label).width + 10;
                const fits = element.x + width < chartArea.right;
                const left = fits ? element.x : element.x - width;
                const overlaps = written.some(
                    (other) =>
                        left < other.left + other.width &&
                        other.left < left + width &&
                        Math.abs(element.y - other.y) < LINE,
                );
                if (overlaps) {
                    return; // the table below and the tooltip name it
                }
                written.push({left, width, y: element.y});
                ctx.textAlign = fits ? "left" : "right";
                ctx.fillText(label, element.x + (fits ? 10 : -10), element.y);
            });
        });
        ctx.restore();
    },
};

/** Importance over performance, a point for each part; hollow ones say nothing. */
export class DriversBlock extends Component {
    static template = "feedback_survey.DriversBlock";
    static props = ["block", "currencyId", "onlyReal", "open"];

    setup() {
        this.canvas = useRef("canvas");
        useEffect(
            () => {
                this.chart = new Chart(this.canvas.el, this.config);
                return () => this.chart.destroy();
            },
            () => [this.props.block, this.props.onlyReal],
        );
    }

    get datasets() {
        return this.props.block.groups.map(({label, points}, index) => {
            const color = colorOf(COLORS[index]);
            const shown = points.filter(({said}) => said || !this.props.onlyReal);
            return {
                label,
                data: shown.map((part) => ({x: part.x, y: part.y, part})),
                borderColor: color,
                borderWidth: 2,
                pointStyle: index ? "rectRot" : "circle",
                backgroundColor: color,
                pointBackgroundColor: shown.map(({said}) =>
                    said ? color : "transparent",
                ),
                pointRadius: 6,
                pointHoverRadius: 8,
            };
        });
    }

    get config() {
        const {block} = this.props;
        const {ink, faint} = inks();
        const axis = (text, kind) => ({
            title: {display: true, text, color: ink},
            ticks: {color: ink, callback: (tick) => formatValue(tick, kind)},
            grid: {color: faint},
        });
        return {
            type: "scatter",
            data: {datasets: this.datasets},
            plugins: [names],
            options: {
                maintainAspectRatio: false,
                animation: false,
                scales: {
                    x: {...axis(block.x, "percent"), min: 0, max: 1},
                    y: {...axis(block.y, "decimal"), grace: "10%"},
                },
                onClick: (event, elements) => this.onClick(elements),
                onHover: (event, elements) => {
                    event.native.target.style.cursor = elements.length ? "pointer" : "";
                },
                plugins: {
                    legend: {
                        position: "bottom",
                        labels: {color: ink, usePointStyle: true},
                    },
                    tooltip: {callbacks: {label: ({raw}) => this.tip(raw.part)}},
                },
            },
        };
    }

    tip({label, x, y, low, high, n, quadrant}) {
        const number = (value) => formatValue(value, "decimal");
        return [
            label,
            _t("Importance %(value)s (%(low)s to %(high)s)", {
                value: number(y),
                low: number(low),
                high: number(high),
            }),
            _t("Performance %(share)s, n = %(n)s", {
                share: formatValue(x, "percent"),
                n,
            }),
            this.props.block.names[quadrant || "none"],
        ];
    }

    onClick(elements) {
        if (elements.length) {
            const {datasetIndex, index} = elements[0];
            this.props.open(
                this.chart.data.datasets[datasetIndex].data[index].part.key,
            );
        }
    }
}

analysisBlocks.add("feedback_drivers", DriversBlock);
