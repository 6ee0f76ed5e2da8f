import {
    Component,
    onMounted,
    onPatched,
    onWillStart,
    onWillUnmount,
    useRef,
} from "@odoo/owl";
import {loadBundle} from "@web/core/assets";
import {getColor} from "@web/core/colors/colors";
import {cookie} from "@web/core/browser/cookie";
import {_t} from "@web/core/l10n/translation";
import {bounds, formatScore} from "./format";

const {DateTime} = luxon;

/** Draws a dashed line with its number at the month of each improvement. */
const marksPlugin = {
    id: "marks",
    afterDatasetsDraw(chart, args, {marks, color}) {
        const {ctx, chartArea, scales} = chart;
        ctx.save();
        ctx.strokeStyle = color;
        ctx.fillStyle = color;
        ctx.font = "bold 11px sans-serif";
        ctx.textAlign = "center";
        ctx.setLineDash([4, 3]);
        for (const {index, numbers} of marks) {
            const x = scales.x.getPixelForValue(index);
            ctx.beginPath();
            ctx.moveTo(x, chartArea.top);
            ctx.lineTo(x, chartArea.bottom);
            ctx.stroke();
            ctx.fillText(numbers.join(", "), x, chartArea.top - 4);
        }
        ctx.restore();
    },
};

/** A score by month, with the band of its interval; months of few answers are hollow. */
export class ScoreTrend extends Component {
    static template = "feedback_survey.ScoreTrend";
    static props = {metric: String, points: Array, marks: Array, open: Function};

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        onMounted(() => this.draw());
        onPatched(() => this.draw());
        onWillUnmount(() => this.chart?.destroy());
    }

    draw() {
        this.chart?.destroy();
        this.chart = new window.Chart(this.canvas.el, this.config);
    }

    /** Where marks stand: those of one month share a line. */
    get marks() {
        const months = this.props.points.map(({month}) => month.slice(0, 7));
        const found = new Map();
        this.props.marks.forEach(({date}, number) => {
            const index = months.indexOf(date.slice(0, 7));
            if (index >= 0) {
                found.set(index, [...(found.get(index) || []), number + 1]);
            }
        });
        return [...found].map(([index, numbers]) => ({index, numbers}));
    }

    get config() {
        const scheme = cookie.get("color_scheme");
        const color = getColor(1, scheme);
        const {metric, points, open} = this.props;
        const [min, max] = bounds(metric);
        const edge = {borderWidth: 0, pointRadius: 0, backgroundColor: `${color}33`};
        return {
            type: "line",
            data: {
                labels: points.map(({month}) =>
                    // the order of month and year is that of the language
                    DateTime.fromISO(month).toLocaleString({
                        month: "short",
                        year: "numeric",
                    }),
                ),
                datasets: [
                    {
                        label: _t("Score"),
                        data: points.map(({value}) => value),
                        borderColor: color,
                        backgroundColor: points.map(({reliable}) =>
                            reliable ? color : "transparent",
                        ),
                        pointRadius: 5,
                        tension: 0,
                    },
                    {...edge, data: points.map(({high}) => high), fill: "+1"},
                    {...edge, data: points.map(({low}) => low), fill: false},
                ],
            },
            plugins: [marksPlugin],
            options: {
                layout: {padding: {top: 16}},
                maintainAspectRatio: false,
                animation: false,
                scales: {y: {min, max}},
                onClick: (event, elements) =>
                    elements.length && open(points[elements[0].index]),
                plugins: {
                    legend: {display: false},
                    marks: {marks: this.marks, color: getColor(4, scheme)},
                    tooltip: {
                        filter: ({datasetIndex}) => datasetIndex === 0,
                        callbacks: {
                            label: ({dataIndex}) => this.tip(points[dataIndex]),
                        },
                    },
                },
            },
        };
    }

    tip({metric, value, low, high, n}) {
        return _t("%(value)s (%(low)s to %(high)s), %(n)s answers", {
            value: formatScore(metric, value),
            low: formatScore(metric, low),
            high: formatScore(metric, high),
            n,
        });
    }
}
