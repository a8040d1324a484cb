"""Texts with and without identifiers, by class; all persons, numbers and places are made up."""

PLANTED: dict[str, list[str]] = {
    "name, Chinese": [
        "冯雨桐", "病理由司徒明月复核", "记录人:钮浩然", "与家属瞿慧芳沟通", "谭家辉自述声音嘶哑", "亓雨泽", "逄淑珍", "佘思琪",
        "区志豪", "阚文博", "由仇立新完成采集", "陆某,男,61岁", "欧阳**", "何×", "陈 雨 桐", "慕容雪", "古丽巴哈尔·买合木提",
        "次仁旺堆", "努尔古丽", "丹增卓玛来院复查", "斯琴高娃", "周主任", "龚医生", "諸葛孔明", "蒋小姐", "患者宋佳怡", "申请医师:邵阳春",
        "孟哲", "温俊杰", "游鸿儒", "高晓晨", "白芷若", "和志刚", "电话告知魏东", "单雄信签字", "报告医师 梁静茹", "安欣然", "石磊", "金晶",
        "查理想", "陪同者为柳如烟",
    ],
    "name, Latin": [
        "Xu Ruonan", "xuruonan", "xu_ruonan", "XuRuonan", "XU RUONAN", "Xu, Ruonan", "Ruonan Xu", "xu.ruonan", "OUYANG Feng",
        "Ouyang Xiadan", "Zhuge Liang", "Qiu Shuzhen", "Fan Zeng", "Xu Ruo-Nan", "Lv Meiling", "zhaojianguo", "Zhaojianguo", "Dou Zhiqiang",
        "Tran Van Hung", "Kim Min-su", "Tanaka, Hiroshi", "Anna Kowalska", "García, José", "Mrs Novak", "read by Tom Weaver",
        "SMITH^JOHN^^^", "Rajesh Kumar", "Priya S. Nair", "L\u0456 Xiaom\u0456ng",
    ],
    "name, other script": [
        "박지영", "Петрова Анна", "鈴木ゆうこ", "محمد علي", "ธนพล", "दीपक कुमार", "ཚེ་རིང་", "ᠪᠠᠶᠠᠷ", "Γιώργος Παππάς", "דוד כהן",
    ],
    "initials": ["XR1955", "W.L.", "patient Q.F.", "LYH-F-1962", "患者 Z.W.", "subject HJ", "ZXF 1948"],
    "citizen number": [
        "360103197508124417", "36010319750812441X", "360103 19750812 441X", "360103-19750812-4417", "360103750812441",
        "身份证号:36010319750812", "护照号 E48120331", "证件号码为G48120331", "身份证后四位 441X", "3601031975 08124417", "护照 EA4812033",
    ],
    "telephone": [
        "15870012345", "158 7001 2345", "1587-0012-345", "158-700-12345", "+86 15870012345", "(+86)158-7001-2345", "0086 15870012345",
        "电话:8812 3456", "0791-8812 3456", "手机号一五八七零零一二三四五", "座机 88123456", "分机 8803", "ext. 4417", "转6231", "致电15870012345",
        "１５８７００１２３４５", "88123456", "tel 0791 88123456", "1 5 8 7 0 0 1 2 3 4 5", "158.700.12345", "158 70 01 23 45",
    ],
    "messenger": ["QQ:38172645", "加微信 lx_0815", "Wechat ID lingxi77", "微信号是 feng1962a", "vx feng1962a", "钉钉 lx0815"],
    "e-mail": [
        "xu.rn@hosp.example.cn", "xu.rn [at] hosp [dot] cn", "xu_rn(at)hosp.cn", "xurn88 AT hosp dot cn", "ｘｕ＠ｈｏｓｐ．ｃｎ", "xurn @ hosp.cn",
        "邮箱:feng62@hosp.cn",
    ],
    "record number": [
        "住院号:0012345", "病案号 448120", "门诊号码为 99812345", "MRN 1002345", "hospital no. 448120", "ZY1002345678", "病理号 2023-10456",
        "B20231045", "登记号448120", "PET-20230045", "影像号:PT448120", "accession number: 20231188", "patient ID 448120", "1002345", "100234567",
        "社保卡号 360188123", "ID：998123", "标本编号 S2300456", "档案号 A-2210", "case no. 448120", "H23-00456", "诊疗卡 00998812",
    ],
    "bed": ["23床", "床号 7", "Bed 14", "3病区", "302病房"],
    "bank card": ["6222 0212 3456 7890 128", "卡号 6217000012345678"],
    "date": [
        "2022年11月3日", "2022 年 11 月", "二〇二二年十一月三日", "二零二二年十一月", "22年11月3日", "11月3日复查", "2022-11-03", "2022/11/3",
        "2022.11.03", "2022.11", "2022-11", "2022/11", "11/2022", "11-2022", "3/11/2022", "03.11.22", "03/11/22", "03-11-22", "20221103",
        "221103", "3 Nov 2022", "3rd of November 2022", "Nov 3, 2022", "November 2022", "Nov '22", "3 Nov 22", "03NOV2022", "2022-Nov-03",
        "2022–11–03", "2022-W45", "2022W45", "Q4 2022", "2022Q4", "2022年第四季度", "1667433600", "1667433600000", "2022年国庆节", "去年中秋",
        "农历九月初十", "民国47年", "昭和33年2月", "20221103T0830", "2022_11_03", "2022年十一月", "Sept 2022", "３／１１／２０２２", "2022 11 03",
    ],
    "age and birth": [
        "aged 92", "Age: 91", "91岁", "91 yo", "91 years old", "ninety-one-year-old", "九十一岁", "94-year-old", "年龄:95", "age=96 years", "1958年出生",
        "生于1958", "born in 1958", "born 1958", "b. 1958", "*1958", "出生日期 1958", "DOB 1958", "year of birth: 1958", "1958年生人", "属龙1964年属龙",
        "3 months old", "six weeks old", "出生3天", "8月龄",
    ],
    "postal address": [
        "湖南长沙", "江苏省苏州市姑苏区", "住址:丰城市", "籍贯 丰城", "家住丰城", "红谷滩区卫东街道", "进贤县民和镇胜利村", "中山路88号", "八一大道 461 号",
        "阳光花园 5栋2单元", "5栋 302室", "330008", "邮编 330008", "Flat 3, Riverside Court, Leeds", "88 Zhongshan Road", "lives in Fengcheng",
        "Fengcheng, Jiangxi", "Jinxian County, Nanchang", "origin: Fengcheng", "No. 461 Bayi Avenue", "来自丰城", "P.O. Box 4412", "新疆喀什地区莎车县",
    ],
    "institution": [
        "丰城市人民医院", "江西省肿瘤医院核医学科", "浙江大学医学院附属第二医院", "某机械厂工人", "丰城第三中学教师", "Fengcheng People's Hospital",
        "Second Affiliated Hospital of Nanchang University", "St. Mary Hospital", "Peking Union Medical College Hospital", "南昌铁路公司职工",
        "东湖社区卫生院", "Hospital of Fengcheng",
    ],
    "GPS": ["28.682912,115.858214", "N 28.6829 E 115.8582", "28°40'58\"N", "北纬28.68", "GPS: 28.68, 115.86", "lat=28.6829", "115.85821, 28.68291"],
    "machine": [
        "D:/PET/xu/x.nii", "E:\\PET\\xu\\x.nii", "\\\\nas02\\pet$\\xu", "//nas02/pet/xu", "/gpfs/users/xu/a.py", "/lustre/xu/a", "/home/xu", "/share/xu/b",
        "/Users/xu/Desktop", "/mnt/d/PET/xu", "file:///D:/PET", "nm-ws-2.lan", "his01.hospital.internal", "192.168.3.44", "http://pacs01/wado?x=1",
        "http://172.16.4.9/his", "https://his.example.cn/p?patientid=8", "DESKTOP-4F7K2QA", "3c:52:82:11:0a:9f", "xu@nm-ws-2", "C:\\\\Users\\\\xu",
        "ftp://nas02/pet", "hostname: nmws2", "~xuruonan/data/x.csv", "用户名:xurn", "/storage2/xu/x", "202.101.224.69",
    ],
    "encoded": [
        "&#x5F90;&#x82E5;&#x6960;", "\\u5f90\\u82e5\\u6960", "%E5%BE%90%E8%8B%A5%E6%A5%A0", "%D0%EC%C8%F4%E9%AA", "5b6Q6Iul5qWg", "0Oy8/sak",
        "徐\u200b若\u200b楠", "徐\u2060若楠", "\u202e徐若楠", "=E5=BE=90=E8=8B=A5=E6=A5=A0", "e5be90e88ba5e6a5a0", "å¾\x90è\x8b¥æ¥\xa0",
        "MTU4NzAwMTIzNDU=", "\\xe5\\xbe\\x90\\xe8\\x8b\\xa5\\xe6\\xa5\\xa0", "&amp;#24464;&amp;#33509;&amp;#26976;", "Xu Ruоnan", "𝐗𝐮 𝐑𝐮𝐨𝐧𝐚𝐧",
    ],
    "one person described": [
        "a 19-year-old woman with medullary cancer", "the single 81-year-old male", "唯一一名19岁女性患者", "one 16-year-old boy",
    ],
}  # fmt: skip

CLEAN: list[str] = [
    # words that begin like a name
    "成都", "温州", "岳阳", "罗氏", "甘油", "苏木素", "左旋", "房颤", "管状", "任意", "申请", "向量", "沈阳", "贵阳", "常州", "安徽", "宁波", "高分化",
    "包膜", "包膜侵犯", "石蜡切片", "方差", "时间", "时间点", "水肿", "金标准", "万古霉素", "应用", "强阳性", "阴性", "阳性率", "明显", "常规", "平均值",
    "曲线", "置信区间", "边界", "全切除", "单侧", "双侧", "关联", "相关性", "程序", "解剖", "查体", "经皮", "通过", "原发灶", "成分", "后续", "那么", "连续",
    "能量", "容积", "温度", "湿度", "白细胞", "红细胞", "黄体", "毛刺", "马上", "钟表", "陈旧", "陈述", "李斯特", "周围", "周期", "张力", "孙子", "于是",
    "都是", "花费", "党参", "丹参", "黄芪", "步骤", "项目", "权重", "习惯", "广泛", "文献", "文件", "利用", "有利", "宣教", "公式", "司机", "国际", "家族史",
    "麻醉", "喻", "元素", "代谢", "展示", "修正", "信号", "占位", "商品", "海绵", "植入", "战略", "原因", "门静脉", "由此", "初始", "丘脑", "法定", "归一化",
    "甲状腺全切术后", "患者均签署知情同意书", "由两名医师独立阅片", "与对照组相比", "经伦理委员会批准", "和时间有关", "该患者化名编号", "病人数", "淋巴结清扫",
    "向上级医师报告", "请核医学科会诊", "颈部中央区淋巴结", "感兴趣区", "高危组与低危组", "平均年龄四十五岁", "放射性碘治疗后", "抗体克隆号", "免疫组化染色",
    "单位为毫米", "国家自然科学基金", "诊断标准见表一", "计算平均数和标准差", "三甲医院", "本院", "外院病理会诊", "多中心研究", "随访时间",
    # numbers and words of the field
    "H-score 195.25, AUC 0.75 (95% CI 0.63 to 0.86), p < 0.001", "Hodges–Lehmann shift; Kaplan–Meier; Bland–Altman; Du Bois",
    "doi:10.1016/j.cell.2018.02.052", "10.1089/thy.2010.0355", "BRAF V600E; SP295 (ab227689); NCT07314255; 18F-Trop2", "ISO 8601:2004-12",
    "version 2024-11", "1.2.3.4", "version 1.2.3, fingerprint 4c9c4df86ba8d4ba", "1.2.840.10008.5.1.4.1.1.128", "10000000 draws", "n = 1,000,000",
    "350 MBq, 70 kg, 1.73 m2", "30/40 (75%)", "1/2/3", "0/1/2/3", "10/20/30 mm", "150 200 250 300 350", "0.123456789012345", "5-year survival 93%",
    "at 93 days", "over 89 years", "aged 18 to 90", "age ≥ 90 years", "age 45", "45-year survival", "Q1 and Q3", "May be larger", "may 6", "March of time",
    "ATA 2015", "AJCC 2017", "WHO2022", "ISO2004", "RECIST 1.1", "TNM 8", "T3N1bM0", "seed = 20251218", "sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f",
    "Patient Characteristics Option; Sun Rise; He Was", "He Can Lie", "long run", "Long Term", "Pan Ran", "Song Can Be", "change of license", "Table Two",
    "Kaplan Meier Curve", "Fisher Exact Test", "Wilson Score", "Cox Model", "Student Test", "Graves Disease", "Hashimoto Thyroiditis", "Paul Test",
    "Python 3.11", "numpy==2.1.3", "pandas 2.3.1", "x = y @ z", "and/or", "mg/dL", "km/h/s", "see ../data/README.md", "data/demo/tables/patient.csv",
    "https://doi.org/10.1089/thy.2010.0355", "https://jupyterbook.org/en/stable/", "http://www.w3.org/2000/svg", "#112233", "#330006", "rgb(12, 34, 56)",
    "12345.678 Bq/mL", "13912345678.25 Bq/mL in 1013 voxels", "0.28, 115.86", "12.5, 0.0001, 3.2", "1:1,000", "96 of 120", "a median of 24 (12 to 36) months",
    "ROI and VOI", "subject ID", "patient ID", "case CT", "QQ plot", "Q–Q plot", "Wechat", "bed rest", "flat dose", "the only treatment", "an only child",
    "PET/CT", "Trop2", "T4 and TSH", "P001", "S23", "B-cell", "I-131", "Lu-177", "mm × mm", "3 × 3 × 3", "2.25 mm", "22 °C", "R 4.3.1", "2023", "in 2023",
    "2019;29:1-133", "since 2015", "1990s", "2018 to 2022", "24/7", "Figure 3.11", "section 5.10.2", "chapter 02_trop2_ihc", "E[X] = 0", "10^6", "1e-5",
]  # fmt: skip
