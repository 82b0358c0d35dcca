package dockerfile

// supportEnds is the last day of free security support by official image and
// release, as of November 2026: of Debian that of LTS, of Ubuntu without Pro.
// Releases that are supported without an end in sight are not in it. A test
// compares the systems with the tables of Trivy's module (pkg/detector/ospkg),
// from which they may differ by two months: announced ends move. Sources:
//
//	alpine      https://alpinelinux.org/releases/
//	debian      https://wiki.debian.org/LTS
//	ubuntu      https://ubuntu.com/about/release-cycle
//	centos      https://www.centos.org/cl-vs-cs/
//	oraclelinux https://www.oracle.com/a/ocom/docs/elsp-lifetime-069338.pdf
//	photon      https://github.com/vmware/photon/wiki
//	amazonlinux https://aws.amazon.com/amazon-linux-2/faqs/
//	node        https://github.com/nodejs/release#end-of-life-releases
//	python      https://devguide.python.org/versions/
var supportEnds = map[string]map[string]string{
	"alpine": {
		"3.3": "2017-11-01", "3.4": "2018-05-01", "3.5": "2018-11-01", "3.6": "2019-05-01", "3.7": "2019-11-01", "3.8": "2020-05-01", "3.9": "2020-11-01",
		"3.10": "2021-05-01", "3.11": "2021-11-01", "3.12": "2022-05-01", "3.13": "2022-11-01", "3.14": "2023-05-01", "3.15": "2023-11-01",
		"3.16": "2024-05-23", "3.17": "2024-11-22", "3.18": "2025-05-09", "3.19": "2025-11-01", "3.20": "2026-04-01", "3.21": "2026-12-05",
		"3.22": "2027-05-01", "3.23": "2027-11-01",
	},
	"debian": {
		"7": "2018-05-31", "wheezy": "2018-05-31", "8": "2020-06-30", "jessie": "2020-06-30", "9": "2022-06-30", "stretch": "2022-06-30",
		"10": "2024-06-30", "buster": "2024-06-30", "11": "2026-08-31", "bullseye": "2026-08-31", "12": "2028-06-30", "bookworm": "2028-06-30",
	},
	"ubuntu": {
		"14.04": "2019-04-25", "trusty": "2019-04-25", "16.04": "2021-04-30", "xenial": "2021-04-30", "18.04": "2023-05-31", "bionic": "2023-05-31",
		"20.04": "2025-05-31", "focal": "2025-05-31", "22.04": "2027-06-01", "jammy": "2027-06-01",
		"22.10": "2023-07-20", "23.04": "2024-01-25", "23.10": "2024-07-11", "24.10": "2025-07-10", "25.04": "2026-01-17",
		"25.10": "2026-07-09",
	},
	"centos":      {"5": "2017-03-31", "6": "2020-11-30", "7": "2024-06-30", "8": "2021-12-31"},
	"oraclelinux": {"5": "2017-12-31", "6": "2021-03-21", "7": "2024-12-31"},
	"photon":      {"1.0": "2022-02-28", "2.0": "2022-12-31", "3.0": "2024-03-31", "4.0": "2026-03-31"},
	"amazonlinux": {"1": "2023-12-31", "2018.03": "2023-12-31", "2": "2026-06-30"},
	"node": {
		"8": "2019-12-31", "10": "2021-04-30", "12": "2022-04-30", "14": "2023-04-30", "16": "2023-09-11", "18": "2025-04-30", "20": "2026-04-30",
		"11": "2019-06-01", "13": "2020-06-01", "15": "2021-06-01", "17": "2022-06-01", "19": "2023-06-01", "21": "2024-06-01", "22": "2027-04-30",
		"23": "2025-06-01", "25": "2026-06-01",
	},
	"python": {
		"2": "2020-01-01", "2.7": "2020-01-01", "3.5": "2020-09-30", "3.6": "2021-12-23", "3.7": "2023-06-27", "3.8": "2024-10-07", "3.9": "2025-10-31",
		"3.10": "2026-10-31",
	},
}
