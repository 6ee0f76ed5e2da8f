/* global Chart */
import {Component, onWillUnmount, useEffect, useRef} from "@odoo/owl";
import {hexToRGBA} from "@web/core/colors/colors";
import {formatShort, formatValue} from "../format";
import {colorOf, inks} from "../palette";

const MARK_LENGTH = 24;
const MARK_LINES = 3;

/** Upright lines with a name, where something was done. */
const marksPlugin = {
    id: "customerMarks",
    afterDatasetsDraw(chart, args, {marks = []}) {
        const {ctx, chartArea} = chart;
        const {ink, paper} = inks();
        ctx.save();
        ctx.font = "11px sans-serif";
        ctx.textBaseline = "top";
        marks.forEach(({index, label}, number) => {
            const at = chart.scales.x.getPixelForValue(index);
            ctx.strokeStyle = ink;
            ctx.setLineDash([3, 3]);
            ctx.beginPath();
            ctx.moveTo(at, chartArea.top);
            ctx.lineTo(at, chartArea.bottom);
            ctx.stroke();
            const text =
                label.length > MARK_LENGTH ? `${label.slice(0, MARK_LENGTH)}…` : label;
            const {width} = ctx.measureText(text);
            const left = Math.min(at + 3, chartArea.right - width - 2);
            const top = chartArea.top + 15 * (number % MARK_LINES);
            ctx.fillStyle = paper;
            ctx.fillRect(left - 1, top, width + 2, 13);
            ctx.fillStyle = ink;
            ctx.fillText(text, left, top);
        });
        ctx.restore();
    },
};

/** Lines and bars, drawn by the Chart.js that the web client brings along. */
export class ChartBlock extends Component {
    static template = "customer_insight.ChartBlock";
    static props = ["block", "currencyId", "onlyReal", "open"];

    setup() {
        this.canvas = useRef("canvas");
        this.chart = null;
        useEffect(
            () => {
                this.chart?.destroy();
                this.chart = new Chart(this.canvas.el, this.config);
            },
            () => [this.props.block],
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    get config() {
        const {block} = this.props;
        const datasets = block.series.flatMap((series, index) =>
            this.datasets(series, index),
        );
        return {
            type: "bar",
            data: {labels: block.labels, datasets},
            plugins: [marksPlugin],
            options: {
                maintainAspectRatio: false,
                animation: false,
                indexAxis: block.horizontal ? "y" : "x",
                interaction: {mode: "index", intersect: false},
                onClick: (event, elements, chart) => this.onClick(event, chart),
                onHover: (event, elements) => {
                    const opens = elements.some(({datasetIndex, index}) =>
                        this.keyOf(datasetIndex, index),
                    );
                    event.native.target.style.cursor = opens ? "pointer" : "";
                },
                plugins: {
                    customerMarks: {marks: block.marks ?? []},
                    legend: this.legend,
                    tooltip: this.tooltip,
                },
                scales: this.scales,
            },
        };
    }

    /** The line or bars of a series, with a band below it where it has one. */
    datasets(series, index) {
        const color = colorOf(series.color, index * 3);
        const isLine = series.shape === "line";
        const shared = {
            type: series.shape,
            yAxisID: this.props.block.horizontal ? undefined : series.axis,
            stack: series.stack ?? undefined,
            borderColor: color,
            pointRadius: series.values.length > 40 ? 0 : 2,
            borderWidth: isLine ? 2 : 0,
        };
        const main = {
            ...shared,
            label: series.label,
            data: series.values,
            series,
            backgroundColor: series.fill ? hexToRGBA(color, 0.15) : color,
            fill: series.fill ? "origin" : false,
            borderDash: series.dashed ? [5, 4] : [],
            maxBarThickness: 48,
            order: isLine ? 0 : 1,
        };
        if (!series.low) {
            return [main];
        }
        const edge = {
            ...shared,
            borderWidth: 0,
            pointRadius: 0,
            isBand: true,
            backgroundColor: hexToRGBA(color, 0.18),
            order: 2,
        };
        return [
            {...edge, label: "", data: series.low, fill: false},
            {...edge, label: "", data: series.high, fill: "-1"},
            main,
        ];
    }

    get legend() {
        return {
            display: this.props.block.series.length > 1,
            position: "bottom",
            labels: {
                color: inks().ink,
                boxWidth: 12,
                filter: (item, data) => !data.datasets[item.datasetIndex].isBand,
            },
        };
    }

    get tooltip() {
        const {currencyId} = this.props;
        return {
            filter: (item) => !item.dataset.isBand,
            callbacks: {
                label: ({dataset, raw, dataIndex}) => {
                    const {kind, label, low, high} = dataset.series;
                    let text = `${label}: ${formatValue(raw, kind, currencyId)}`;
                    if (low && low[dataIndex] !== null) {
                        const from = formatValue(low[dataIndex], kind, currencyId);
                        const to = formatValue(high[dataIndex], kind, currencyId);
                        text += ` (${from} – ${to})`;
                    }
                    return text;
                },
            },
        };
    }

    get scales() {
        const {block} = this.props;
        const {ink, faint} = inks();
        const names = {
            stacked: block.stacked,
            ticks: {color: ink, maxRotation: 60, autoSkip: true},
            grid: {display: false},
        };
        const value = (side) => {
            const found = block.series.find((series) => series.axis === side);
            return {
                stacked: block.stacked,
                beginAtZero: true,
                position: side,
                display: Boolean(found),
                ticks: {
                    color: ink,
                    callback: (tick) => formatShort(tick, found?.kind),
                },
                grid: {color: faint, drawOnChartArea: side === "left"},
            };
        };
        if (block.horizontal) {
            return {x: {...value("left"), position: "bottom"}, y: names};
        }
        return {x: names, left: value("left"), right: value("right")};
    }

    keyOf(datasetIndex, index) {
        const series = this.chart?.data.datasets[datasetIndex].series;
        return series?.keys ? series.keys[index] : null;
    }

    onClick(event, chart) {
        const found = chart.getElementsAtEventForMode(
            event,
            "nearest",
            {intersect: false},
            true,
        );
        for (const {datasetIndex, index} of found) {
            const key = this.keyOf(datasetIndex, index);
            if (key) {
                this.props.open(key);
                return;
            }
        }
    }
}
