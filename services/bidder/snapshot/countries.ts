/** ISO 3166-1: alpha-2 followed by alpha-3. Requests should carry alpha-3 (OpenRTB 3.2.19), many carry alpha-2. */
const CODES =
  'ADAND AEARE AFAFG AGATG AIAIA ALALB AMARM AOAGO AQATA ARARG ASASM ATAUT AUAUS AWABW AXALA AZAZE ' +
  'BABIH BBBRB BDBGD BEBEL BFBFA BGBGR BHBHR BIBDI BJBEN BLBLM BMBMU BNBRN BOBOL BQBES BRBRA BSBHS BTBTN BVBVT ' +
  'BWBWA BYBLR BZBLZ CACAN CCCCK CDCOD CFCAF CGCOG CHCHE CICIV CKCOK CLCHL CMCMR CNCHN COCOL CRCRI CUCUB CVCPV ' +
  'CWCUW CXCXR CYCYP CZCZE DEDEU DJDJI DKDNK DMDMA DODOM DZDZA ECECU EEEST EGEGY EHESH ERERI ESESP ETETH FIFIN ' +
  'FJFJI FKFLK FMFSM FOFRO FRFRA GAGAB GBGBR GDGRD GEGEO GFGUF GGGGY GHGHA GIGIB GLGRL GMGMB GNGIN GPGLP GQGNQ ' +
  'GRGRC GSSGS GTGTM GUGUM GWGNB GYGUY HKHKG HMHMD HNHND HRHRV HTHTI HUHUN IDIDN IEIRL ILISR IMIMN ININD IOIOT ' +
  'IQIRQ IRIRN ISISL ITITA JEJEY JMJAM JOJOR JPJPN KEKEN KGKGZ KHKHM KIKIR KMCOM KNKNA KPPRK KRKOR KWKWT KYCYM ' +
  'KZKAZ LALAO LBLBN LCLCA LILIE LKLKA LRLBR LSLSO LTLTU LULUX LVLVA LYLBY MAMAR MCMCO MDMDA MEMNE MFMAF MGMDG ' +
  'MHMHL MKMKD MLMLI MMMMR MNMNG MOMAC MPMNP MQMTQ MRMRT MSMSR MTMLT MUMUS MVMDV MWMWI MXMEX MYMYS MZMOZ NANAM ' +
  'NCNCL NENER NFNFK NGNGA NINIC NLNLD NONOR NPNPL NRNRU NUNIU NZNZL OMOMN PAPAN PEPER PFPYF PGPNG PHPHL PKPAK ' +
  'PLPOL PMSPM PNPCN PRPRI PSPSE PTPRT PWPLW PYPRY QAQAT REREU ROROU RSSRB RURUS RWRWA SASAU SBSLB SCSYC SDSDN ' +
  'SESWE SGSGP SHSHN SISVN SJSJM SKSVK SLSLE SMSMR SNSEN SOSOM SRSUR SSSSD STSTP SVSLV SXSXM SYSYR SZSWZ TCTCA ' +
  'TDTCD TFATF TGTGO THTHA TJTJK TKTKL TLTLS TMTKM TNTUN TOTON TRTUR TTTTO TVTUV TWTWN TZTZA UAUKR UGUGA UMUMI ' +
  'USUSA UYURY UZUZB VAVAT VCVCT VEVEN VGVGB VIVIR VNVNM VUVUT WFWLF WSWSM YEYEM YTMYT ZAZAF ZMZMB ZWZWE';

const ALPHA3_OF = new Map<string, string>();
const ALPHA2_OF = new Map<string, string>();
for (const code of CODES.split(' ')) {
  ALPHA3_OF.set(code.slice(0, 2), code.slice(2));
  ALPHA2_OF.set(code.slice(2), code.slice(0, 2));
}

/** Alpha-3 of either code, any case; what is neither comes back in upper case. */
export function toAlpha3(country: string): string {
  if (ALPHA2_OF.has(country)) return country;
  const upper = country.trim().toUpperCase();
  return ALPHA3_OF.get(upper) ?? upper;
}

/** Undefined for what is no country. */
export function toAlpha2(alpha3: string): string | undefined {
  return ALPHA2_OF.get(alpha3);
}

/**
 * Forms under which a region can be named, lower case: OpenRTB's own (`CA`) and that of ISO 3166-2 (`US-CA`).
 * Exchanges send both, and advertisers write both.
 */
export function regionForms(region: string, alpha3: string | undefined): string[] {
  const own = region.trim().toLowerCase();
  const dash = own.indexOf('-');
  if (dash !== -1) return [own, own.slice(dash + 1)];
  const alpha2 = alpha3 === undefined ? undefined : toAlpha2(alpha3);
  return alpha2 === undefined ? [own] : [own, `${alpha2.toLowerCase()}-${own}`];
}
