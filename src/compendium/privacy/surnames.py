"""Characters and syllables of Chinese names, and words that only look like one.

Sources: the Hundred Family Surnames (百家姓) with the commonest surnames of today by the report of
the Ministry of Public Security of China (2021), their traditional forms, and pinyin by ISO 7098.
"""

import re

from compendium.privacy.forms import listed

# Surnames that begin few words of daily use: any given name may follow.
PLAIN = (
    "王李张刘陈杨赵吴周徐孙朱胡郭何罗宋郑谢韩唐冯邓曹彭曾萧肖蒋蔡贾魏薛阎闫余潘杜戴夏钟姚谭廖邹熊"
    "陆郝孔崔邱秦"
    "侯邵孟钱尹汪顾袁许傅沈吕苏卢叶丁董梁褚尤施窦奚鲁韦俞柳酆鲍费岑倪滕殷毕邬卞伍卜穆邵湛祁禹狄臧"
    "茅庞舒屈祝"
    "阮闵娄刁骆樊霍虞柯昝裘缪贲郁钮龚嵇邢裴翁荀於甄芮羿靳汲邴糜隗宓郗栾钭戎詹郜黎蓟邰蔺屠胥逄姬冉"
    "郦雍郤璩濮"
    "扈郏瞿晏慕茹宦庾暨阙殳夔巩厍聂晁敖訾阚饶毋乜蒯荆竺逯仉佟佘佴谯笪亓仇冼覃仝雒苟邸鄢涂牟耿贺龙"
    "雷段莫洪"
    "張劉陳楊趙吳孫羅鄭謝韓馮鄧蕭蔣賈閻譚鄒陸錢顧許呂蘇盧葉龔盧鍾喬賴聶饒寧潘歐顏嚴溫萬龍賀湯韋"
)
# Surnames that are words, or begin many: the given name must look like one.
WORDLY = (
    "黄林高马卫严华金陶姜戚柏水章云葛范郎昌苗凤花方任史廉罗安常乐于时皮齐康元平和毛米贝明计伏成谈"
    "纪项蓝席季麻强"
    "路危江童颜梅盛田凌万支管经房干解应宗宣单杭包诸左石吉程滑荣羊惠曲家封储松井富巫乌焦巴弓牧山谷"
    "车蓬全班仰秋仲伊"
    "宫宁暴甘厉祖武符景束幸司韶薄印宿白怀蒲从鄂索咸籍赖卓蒙池乔阴能苍双闻莘党翟贡劳申扶堵宰桑桂牛"
    "寿通边燕冀浦尚农"
    "温别庄柴充连习艾鱼容向古易慎戈终居衡步都满弘匡国文寇广禄东欧沃利蔚越隆师勾融冷辛那简空沙养鞠"
    "须丰巢关相查后红"
    "游权盖益桓公欧区麦植隋战兰漆揭原代丘展海修衣门由尧初信慈才鹿粟苑占商墨哈年爱阳言福岳帅归法汝"
    "钦晋楚况向黃馬華"
    "閔蘭關"
)
COMPOUND = listed(
    "欧阳 歐陽 上官 司马 司馬 诸葛 諸葛 东方 皇甫 尉迟 公孙 慕容 令狐 夏侯 司徒 端木 万俟 闻人 "
    "赫连 公羊 澹台 公冶 "
    "宗政 濮阳 淳于 单于 太叔 申屠 仲孙 轩辕 钟离 宇文 长孙 鲜于 闾丘 司空 亓官 司寇 子车 颛孙 "
    "巫马 公西 漆雕 乐正 "
    "壤驷 公良 拓跋 夹谷 宰父 谷梁 段干 百里 东郭 南门 呼延 羊舌 微生 梁丘 左丘 东门 西门 南宫 第五"
)
# Given names: characters that recur in names and are rare elsewhere.
GIVEN_FREE = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲建华国红梅春生玉荣志海燕林波云龙飞鹏宇"
    "浩婷雪琴"
    "萍莉俊峰凤洁宁健佳欣怡子轩涵梓雨泽博瑞思琪昊天晨嘉豪雅诗梦瑶倩颖慧琳丹珍莲菊福祥德义亮斌彬旭"
    "东晓小"
    "建庆新成立永昌光忠良仁信康安乐慧蓉蕾薇薛岚媛娇婉霖淑贤惠珠翠兴才发武伦翔鑫威森淼焱晶宝金银铁"
    "柱根偉麗"
    "強軍勇艷傑濤蘭剛輝國紅榮雲龍飛鵬鳳潔寧瑋靜"
)
GIVEN = GIVEN_FREE + (
    "若楠曦曾家琪恩巧美娅琦晴睿凯楷哲煜烨轶逸奕弈毅艺亦依伊忆翊羽禹毓钰裕愉瑜渝煊暄萱璇旋炫绚菲霏"
    "飘妃雯闻纹汶"
    "文雄凡帆繁藩方舫纺舟洲周宙洁捷婕杰晋瑾谨锦津进劲靖婧菁菁京敬静镜婉琬皖宛莞冠贯观官馨心鑫昕新"
    "欣歆芯辛茜"
    "倩芊千迁谦骞前钱乾虔潇筱肖晓霄笑孝啸霞夏侠遐先贤娴仙弦显宪献川传船栓全泉权荃铨瑗圆源媛远沅苑"
    "元园缘愿"
    "启琦绮祺棋齐奇岐麒淇骐旗祁倚怡宜贻颐仪彝义谊懿益翼溢绎译邑熠艾爱蔼安岸昂傲奥奕柏百白邦蚌葆保"
    "宝豹北蓓贝碧"
    "璧弼必毕滨宾彬冰炳秉兵波勃博伯渤步灿璨粲苍沧昌畅常超朝潮辰晨宸沉臣诚成承程澄丞呈驰池持赤崇冲"
    "充楚初储春"
    "纯淳醇慈聪从丛翠存达大代岱黛丹旦当党道稻得登迪笛荻弟蝶丁鼎定冬栋董敦多朵娥峨鄂恩尔耳二法范芬"
    "奋丰枫锋封峰"
    "凤奉夫芙扶福甫富傅馥刚钢罡岗高歌格耕功公恭巩谷光广贵桂国果海涵寒汉翰瀚航行杭浩豪皓昊灏好禾合"
    "和河荷贺赫鹤恒"
    "衡亨红宏洪虹鸿弘泓厚华桦怀欢焕环桓煌辉晖慧惠卉蕙会汇火霍基吉纪季佳嘉家甲坚剑健键江姜娇姣皎阶"
    "金津今晶景"
    "竞静久菊举巨娟军君钧骏峻俊竣凯恺康珂可克科坤昆鲲兰岚澜朗浪乐磊蕾蕊雷莉丽立利励力历黎礼理里琏"
    "莲连炼良亮谅"
    "列烈林琳霖麟凛玲灵凌铃龄羚柳六龙隆娄璐露鹿路禄律绿伦罗洛满曼茂玫梅媚美萌蒙孟梦密蜜苗妙敏民闽"
    "名明铭鸣茗沫"
    "墨牧沐慕穆娜楠南男妮念宁牛农诺女攀盼培沛佩蓓鹏平萍苹璞普琪芹琴勤青清卿庆晴情琼秋球曲全群然冉"
    "仁荣蓉容融如儒"
    "汝锐瑞芮睿润若赛三桑森莎山珊善尚韶邵绍社深生升胜声盛圣诗时石士世仕守首寿书舒淑述树双霜爽水顺"
    "舜硕丝思司松"
    "嵩颂苏素孙泰棠唐涛韬桃腾天田甜恬铁亭婷庭廷通彤桐同统土团婉万旺望威巍微薇维伟炜玮卫蔚温文雯武"
    "舞希熙溪"
    "曦喜霞贤献湘香祥翔想向象晓孝小心新信兴星行幸雄修秀绣徐旭煦宣学雪勋珣循雅亚延言妍岩研彦艳燕雁"
    "焰阳洋杨扬漾瑶"
    "尧耀叶业夜一怡以忆艺逸毅银英瑛莹盈颖影映永泳咏勇用优友有又幼于余雨语育煜玉昱裕誉元园月岳悦跃"
    "越云芸筠耘允韵"
    "运泽曾展占战章彰璋长兆召照哲喆珍真贞振震镇正政郑芝枝知之志智至致治中忠钟仲重舟竹珠柱筑卓子梓"
    "紫自宗祖尊佐作"
    "晓晔峥嵘屹崎岫嵬荔薏芷芸莘菡萏菀葳蕤蓁藜昶晗暻珺珞琰琨瑄璟琮玥珈玟琛瑀沁沂泠洵浠涓湉滢漪澍濡"
    "灵炘烁煊焓琅妤妍姝婵"
    "婳嫣嬿惟慎懋攸斐晟杉柠栩桢楹橙歌沣祎祯禧稷竣笙筱箫绫缨羲翎翊臻舒艺芃苒茉茵荀莞菁萁葵蒨蓓薰蘅"
    "诩诣谕谦赟轩辰逊遥邈郁鄞"
    "钊钰铄锴闰阅陌隽雍霁靓韫韵颀颢飏骁骄骞鸢麟黛齐龚妹姐嫂婆烟弟娣妞娃嬌麗華"
)
# Words by their first character, which is a surname as well.
_WORDS = """
王[国牌冠者] 李[子斯] 张[力口开合贴数嘴弛] 刘海 陈[旧述列皮] 杨[树梅桃] 吴[语茱]
周[期围岁边转一二三四五六日末年长缘全身报密遭到] 徐[州缓徐] 孙[子女] 朱[砂红] 胡[须椒同乱萝桃]
何[时种处人以为况必谓不等] 罗[氏马列格盘伊] 宋[体代] 郑州 谢[谢绝] 韩[国文] 唐[氏山代诗] 邓[小]
曾[经有用在] 萧条 肖像 蔡[司] 魏[氏] 余[量下额数地项弦热者年] 杜[绝氏] 夏[季天日令]
钟[表头摆点形] 陆[地续军] 孔[径隙雀洞子型板] 秦[岭] 孟[德] 钱[包塘币] 顾[及客虑] 许[可多久] 沈阳
苏[州醒木丹打联格息云] 叶[片酸状绿间面尖子轻] 丁[酸苯醇香胺字基二] 董事 尤[其为] 施[行加工用打治]
鲁[棒莽] 柳[州氮絮] 鲍曼 费[用氏力城] 毕[竟业] 庞大 舒[适张缓芬] 屈[曲服光] 祝[贺福] 霍[奇乱夫]
郁[闭] 甄别 黎明 屠宰 巩[固膜] 涂[片抹层布料色] 龙[胆骨头虾] 雷[达帕诺同莫] 段[落差] 莫[名氏非]
洪[水亮] 黄[色体疸斑连金芪铜酮素芩曲褐酯骨豆岛山冈石] 林[格地木区业]
高[分度级危低热压原频血氯温清风中于等尔效通密质斯铁亢碘脂维表活浓速龄山新端加氧能手]
高[校位频达级阶质亮铬钾钠钙尿] 马[上来尾氏鞍赛力克达修尔牙铃路歇] 卫[生星视校] 严[重格密厉谨肃禁]
华[人氏法西北东南中夏] 金[属标额黄刚字融钱纳华域山沙牌葡] 陶[瓷] 姜[黄片] 柏[林拉]
水[平肿分溶样解痘中疗化合银疱泡文源果流准] 章[节程鱼] 云[端南计母] 范[围例畴式] 郎[格] 昌[盛]
苗[勒条族] 凤[凰] 花[费斑生粉] 方[法案式向位程差面便形块框可才能针体] 任[意何务选一命期职由]
史[料学] 廉价 安[全静排装培乃徽慰定庆阳康置宁] 常[规见用数量委态染人年值温] 乐[观伐]
于[术是此今该后前此当本] 时[间相段点期候刻长序效程而常区代隔] 皮[肤质下炎层瓣片髓损试疹诊]
齐[全次] 康[复宁] 元[素件旦数年] 平[均卧扫面滑行台方时稳衡等坦移顶片常静价原]
和[平谐解其与在不对该或后前各以] 毛[玻发细囊刺重] 米[粒饭勒] 贝[塔伐叶] 明[显确细日年白暗度亮]
计[数算划量] 伏[特] 成[人年像立果功分本为都熟套型纤骨对批长员就形交] 谈话 纪[录要念律] 项[目链]
蓝[色染光] 季[度节铵] 麻[醉痹疹木] 强[阳度烈化弱调迫直] 路[径线由易口] 危[险害重急] 江[西苏] 童年
颜[色面] 梅[毒花] 田[纳间] 凌[晨] 万[人分元一古能艾] 支[持气架付撑数原] 管[理腔道状壁径电家型球]
经[过济验典皮静直颈口由手常血鼻费食上下] 房[间颤室性扑水屋颤] 干[预扰燥细净重旱货湿]
解[剖释决除放热读离码说毒] 应[用当对答激力变力急该] 宗[教旨] 宣[传]
单[侧发位核个独次纯元一因抗克光双向中行杯层] 杭州 包[膜块埋括含裹装被涵绕皮] 诸[如多]
左[侧肺叶颈上下肾肩髋肱股旋甲前后耳右手足心乳锁臂边] 石[蜡灰膏墨英家油化] 吉[林他非] 程[度序式]
滑[膜动液] 荣[誉] 羊[水毛膜绒] 惠[州] 曲[线面率张霉池] 家[族属庭系人长] 封[闭面固片] 储[存备层]
松[弛质动] 富[含集血马士] 乌[鲁] 焦[虑点磷距] 巴[氏塞西比] 山[东西区] 谷[氨丙草胱] 车[站祸间辆]
全[切部身面程长球文套国年体组脑天血量自新景] 班[级] 仰[卧] 秋[季天水] 仲[裁] 伊[立马红]
宫[颈腔体内] 宁[波夏] 暴[露] 甘[油肃草露氨] 厉[害] 祖[父母国] 武[器汉] 符[合号] 景[象] 束[缚支状]
幸[福] 司[机法] 薄[层壁膜] 印[度象片] 宿[主迁] 白[细天蛋色介质血癜内球大化] 怀[孕疑] 蒲[公]
从[而业事头未此来不属前] 索[引拉赔] 籍[贯] 赖[氨] 卓[越] 蒙[古特] 池[化塘] 阴[性道影离囊茎阳天部]
能[力够量谱否级] 苍[白] 双[侧肺叶盲能重相光向标变抗人样因下肾相峰膦时] 闻[及] 党[参] 贡[献]
劳[动累] 申[请报办] 扶[正] 桑[叶葚] 桂[枝林] 牛[奶血津] 寿[命] 通[过常用气畅量知道信路风]
边[界缘际长] 燕[麦] 浦[东] 尚[未可需] 农[村民业药] 温[度和州热箱育差] 别[名的] 柴[胡]
充[分盈血填电] 连[续接线同] 习[惯] 艾[滋司灸条] 鱼[油] 容[量积易器许]
向[量上下前后心导外内右左性来日着] 古[典] 易[于感错] 慎[用重] 戈[谢] 终[点止末于身] 居[住家民中]
衡[量] 步[骤态行] 都[是有会] 满[意足] 国[家际内产外标] 文[件字献本化案章库氏档] 广[泛州东西义]
东[部方北西] 欧[洲盟] 沃[森] 利[用尿益率妥奈] 越[来高] 隆[起] 师[生] 勾[画选] 融[合] 冷[冻却结藏]
辛[酸] 那[么些样] 简[单称要化] 空[白腹气间腔洞泡值] 沙[门眼利] 养[护] 须[知要] 丰[富]
关[节于键联闭系注] 相[关对当同似应差反比位容等加] 查[体看询找房] 后[续来方者期前缀] 红[细色斑外]
游[离泳] 权[重利限] 盖[玻] 益[处生] 公[式司斤里开众共分] 区[域别间分段] 麦[克] 植[入物被] 战[略]
兰[州索] 揭[示] 原[发因则始理位来件有] 代[谢码表偿替理] 丘[脑疹] 展[示开] 海[马绵南] 修[正改复订]
门[诊静脉控] 由[于此] 初[始步诊次级治] 信[号息度任] 才[能] 占[位比] 商[品业量] 哈[佛]
年[龄份度轻生内间后前代会级] 爱[好] 阳[性极台光] 福[建州] 岳[阳] 归[一因档] 法[定国]
"""
ORDINARY = re.compile("(?:" + "|".join(listed(_WORDS)) + ")")
# Syllables of pinyin that are surnames; those that are English words need a second sign.
PINYIN = listed(
    "wang zhang liu chen yang zhao huang zhou wu xu sun hu zhu gao lin guo ma luo liang zheng "
    "xie tang "
    "feng dong xiao cheng cao yuan deng fu shen zeng peng lu lv lyu jiang cai jia ding wei xue "
    "ye yan "
    "yu pan du dai xia zhong tian ren fang shi yao tan liao zou xiong hao kong cui kang mao qiu "
    "qin gu "
    "hou shao meng duan qian yin li han song he chu gong jin qu yue zhai zhan zhen zhi zhuang "
    "zhuo zhuge "
    "zu zuo zong ouyang sima situ shangguan huangfu murong linghu dongfang xiahou ai an ba bai "
    "ban bao "
    "bei bi bian bo bu chai chang chao chi chong cong dang dan diao dou e fan fei gan ge geng "
    "gou guan "
    "gui ha hai heng hong hua huai huo ji jian jiao jie jing ju kan ke kou kuang lai lan lang "
    "lao le lei "
    "leng lian ling lou man mei mi miao min ming mo mu na nan ni nie ning niu nong pang pei pi "
    "ping pu qi "
    "qiang qiao qing que quan rao rong rou ru ruan rui sang sha shan shang she sheng shu shuai "
    "shui si su "
    "sui tai tao teng tong tu wan wen weng xi xian xiang xin xing xuan xun yi ying yong you yun "
    "zang zha"
)
COMMON_PINYIN = PINYIN[: PINYIN.index("zhuge")]
_SYLLABLES = {
    "": "a ai an ang ao e ei en er o ou",
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "c": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u uai uan uang ui un uo",
    "d": "a ai an ang ao e ei eng i ian iao ie ing iu ong ou u uan ui un uo",
    "f": "a an ang ei en eng o ou u",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "k": "a ai an ang ao e en eng ong ou u ua uai uan uang ui un uo",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu ong ou u uan ue un uo v",
    "m": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "n": "a ai an ang ao ei en eng i ian iang iao ie in ing iu ong u uan uo v",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "r": "an ang ao e en eng ong ou u uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
    "t": "a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo",
    "w": "a ai an ang ei en eng o u",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "y": "a an ang ao e i in ing ong ou u uan ue un",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "zh": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
}
SYLLABLES = [start + end for start, ends in _SYLLABLES.items() for end in ends.split()]
