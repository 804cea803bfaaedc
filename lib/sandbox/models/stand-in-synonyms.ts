/**
 * Words and phrases that mean about the same, a group a line: what a real embedding model would know of the sample's
 * subject, everyday words, slang and medical terms in English and French. Written from general knowledge, without the
 * questions of `content/evaluation/`.
 */
export const SYNONYMS = `
pregnant, pregnancy, preggers, preggo, prego, knocked up, up the duff, bun in the oven, expecting, with child, gestation, conceived, enceinte, grossesse, en cloque, tomber enceinte, attendre un enfant
baby, infant, newborn, child, kid, bebe, enfant, nourrisson, bambin, gosse, marmot
fetus, foetus, embryo, unborn, embryon
miscarriage, miscarry, miscarried, lost the baby, losing the baby, pregnancy loss, fausse couche, perdu le bebe
stillbirth, stillborn, mort ne
abortion, abort, termination, terminate, get rid of it, end the pregnancy, end a pregnancy, avortement, avorter, ivg, interrompre, interruption
mifepristone, misoprostol, mife, miso, cytotec, abortion pill, abortion pills, pilule abortive
adoption, adopt, adopter, give up the baby
birth, give birth, giving birth, labour, labor, delivery, deliver, accouchement, accoucher, accouche, naissance
contractions, waters broke, water broke, perdu les eaux
midwife, antenatal, prenatal, obstetrician, sage femme, maternite, obstetricien
breastfeeding, breastfeed, nursing, nurse, lactation, allaitement, allaiter, allaite
postpartum, after birth, after giving birth, had a baby, just had a baby, post partum, apres l accouchement
ultrasound, scan, sonogram, echographie, echo
morning sickness, nausea, nauseous, nauseated, queasy, throw up, throwing up, threw up, vomit, vomiting, vomited, puke, puked, puking, sick to my stomach, nausee, nausees, vomir, vomi, vomissement, gerber, degueuler
period, periods, menstruation, menstrual, menses, aunt flo, time of the month, that time of the month, on the rag, monthlies, menstruating, regles, menstruations, ragnagnas, ragnagna, mes lunes, les anglais
cramp, cramps, cramping, period pain, crampes, crampe, dysmenorrhea, dysmenorrhee
pad, pads, sanitary towel, sanitary napkin, serviette, serviettes hygieniques, serviette hygienique
tampon, tampons, tampax
cup, menstrual cup, mooncup, coupe, cup menstruelle
late, missed, skipped, overdue, havent come, hasnt come, didnt come, retard, en retard, manque, absence de
bleeding, bleed, bled, blood, bloody, spotting, spots, hemorrhage, haemorrhage, saignement, saignements, saigne, saigner, sang, spotting, hemorragie
clot, clots, lumps of blood, caillot, caillots
heavy, soaking, soaked, flooding, gushing, abondant, abondantes, trempe, hemorragique
discharge, gunk, goo, fluid, mucus, wetness, leaking, pertes, perte, ecoulement, glaire, glaires, pertes blanches, coule
smell, smells, smelly, odour, odor, stink, stinks, stinky, fishy, reek, whiff, odeur, sent, pue, puer, malodorant
itch, itchy, itching, itches, scratch, scratching, gratte, gratter, demange, demangeaison, demangeaisons, prurit, picote
burn, burning, burns, sting, stings, stinging, brule, bruler, brulure, brulures, cuisson
pain, painful, hurt, hurts, hurting, ache, aches, aching, sore, soreness, agony, tender, douleur, douleurs, douloureux, mal, souffre, souffrir, fait mal
headache, migraine, head hurts, mal de tete, cephalee, maux de tete
fever, temperature, feverish, chills, shivers, shivering, fievre, frissons, temperature elevee
dizzy, faint, fainting, fainted, lightheaded, passed out, blackout, vertige, vertiges, evanoui, evanouir, malaise, tourne de l oeil
tired, exhausted, fatigue, knackered, drained, fatigue, fatiguee, epuise, epuisee, creve, crevee
rash, spots, pimples, zits, acne, boutons, bouton, eruption, plaques
bump, bumps, lump, lumps, swelling, swollen, growth, cyst, boule, boules, grosseur, kyste, gonfle, enfle, masse
wart, warts, verrue, verrues, condylome, condylomes, crete de coq, hpv, papilloma, papillomavirus
sore, sores, blister, blisters, ulcer, ulcers, cold sore, herpes, ampoule, vesicule, vesicules, plaie, bouton de fievre
thrush, yeast infection, yeast, candida, candidiasis, mycose, candidose, champignon, champignons
bv, bacterial vaginosis, vaginose, gardnerella
uti, bladder infection, cystitis, urinary infection, cystite, infection urinaire
pee, peeing, wee, weeing, urine, urinate, urinating, piss, pissing, toilet, loo, pipi, pisser, uriner, faire pipi, aux toilettes
std, stds, sti, stis, vd, venereal, sexually transmitted, the clap, clap, chlamydia, gonorrhea, gonorrhoea, syphilis, trichomonas, mst, ist, chaude pisse, blennorragie, gonorrhee, vd
hiv, aids, poz, positive for hiv, seropositive, vih, sida, seropositif, seropositive, undetectable, viral load, indetectable, charge virale
prep, truvada, pep, post exposure, pre exposure, tpe, post exposition, descovy
crabs, pubic lice, lice, scabies, morpions, poux, gale
test, tests, tested, testing, check, checked, screening, screened, swab, depistage, depister, analyse, analyses, prise de sang, blood test, examen
pregnancy test, hpt, pee on a stick, clearblue, faint line, two lines, second line, test de grossesse
result, results, positive, negative, resultat, resultats, positif, negatif
vaccine, vaccination, vaccinated, jab, gardasil, vaccin, vacciner, vaccine
smear, pap smear, pap, cervical screening, frottis, col de l uterus, cervix, cervical
condom, condoms, rubber, rubbers, johnny, johnnies, french letter, durex, sheath, protection, raincoat, wrap it, capote, capotes, preservatif, preservatifs, kpote, prezo
bare, unprotected, raw, no protection, without protection, without a condom, no condom, bareback, sans protection, sans capote, sans preservatif, non protege, cru, pas protege
broke, split, burst, ripped, tore, torn, slipped off, came off, popped, craque, dechire, eclate, perce, glisse, petee, rompu, pete
lube, lubricant, lubrication, gel, lubrifiant, vaseline, huile
morning after, morning after pill, plan b, emergency contraception, emergency pill, ella, ellaone, levonorgestrel, norlevo, day after pill, pilule du lendemain, contraception d urgence, lendemain
pill, the pill, birth control pill, tablet, tablets, contraceptive pill, microgynon, pilule, comprime, comprimes, plaquette, cachet, cacheton, medoc
contraception, contraceptive, birth control, contraceptives, family planning, contraceptif, contraceptifs, contraception, planning familial, moyen de contraception
iud, ius, coil, mirena, kyleena, copper, intrauterine, sterilet, diu, cuivre
implant, nexplanon, implanon, rod in my arm, in my arm, implanon, implant contraceptif
injection, shot, depo, depo provera, sayana, the jab, piqure, injection contraceptive
patch, evra, timbre, patch contraceptif
ring, nuvaring, anneau, anneau vaginal
diaphragm, cervical cap, diaphragme, cape cervicale
pull out, pulled out, pulling out, withdrawal, withdraw, coitus interruptus, retrait, se retirer, s est retire
calendar method, rhythm method, cycle tracking, natural family planning, safe days, fertile window, methode naturelle, calendrier, ogino
vasectomy, snip, sterilised, sterilized, sterilisation, tubes tied, vasectomie, ligature, ligature des trompes
hormone, hormones, hormonal, oestrogen, estrogen, progesterone, testosterone, hormonal, hormonale
forget, forgot, forgotten, missed a pill, oublie, oublier, zappe
ovulation, ovulate, ovulating, fertile, ovulation, ovuler, periode fertile
fertility, infertile, infertility, trying for a baby, ttc, trying to conceive, conceive, sterile, ivf, fertilite, infertilite, sterilite, fiv, essai bebe, concevoir, pma
sperm, semen, cum, jizz, spunk, ejaculate, ejaculation, precum, pre cum, came inside, came in me, finish inside, sperme, foutre, ejaculer, ejaculation, ejacule, jouir, liquide seminal, mouille
sex, intercourse, shag, shagged, bang, banged, fuck, fucked, hook up, hooked up, slept with, sleep together, make love, made love, did it, do it, coucher, baiser, baise, faire l amour, rapport, rapports, niquer, relation sexuelle, relations sexuelles, ken
first time, virgin, virginity, hymen, pop my cherry, cherry, premiere fois, vierge, virginite, depuceler, pucelle, puceau
oral, blowjob, bj, head, go down on, fellatio, cunnilingus, suck, fellation, pipe, sucer, cunni, bouche
anal, butt sex, up the bum, anus, bum, arse, ass, backdoor, sodomie, sodomiser, cul, fesses
masturbate, masturbation, wank, wanking, jerk off, jack off, touch myself, fap, rub one out, branler, se branler, masturber, se toucher, branlette
orgasm, climax, come, cumming, pleasure, orgasme, jouir, plaisir
horny, libido, sex drive, turned on, arousal, desire, excite, excitee, libido, desir, envie de sexe
porn, porno, pornography, pornographie
erection, hard, boner, erect, stiff, hard on, erectile, limp, floppy, cant get it up, impotent, impotence, viagra, sildenafil, bander, bande, erection, trique, dur, impuissant, erectile, panne
premature, come too fast, finish too fast, too quick, precoce, trop vite
penis, dick, cock, willy, knob, prick, member, schlong, wiener, bite, zizi, queue, penis, verge, zob, teub
foreskin, circumcised, circumcision, phimosis, helmet, glans, prepuce, gland, circoncis, circoncision, decalotter
testicle, testicles, balls, ball, nuts, nut, bollocks, scrotum, testicule, testicules, couille, couilles, boules, bourses, scrotum
vagina, vulva, pussy, fanny, minge, hoo ha, private parts, privates, down there, genitals, labia, lips, crotch, vagin, vulve, chatte, foufoune, minou, sexe, parties intimes, parties, en bas, levres, zezette, entrejambe
clitoris, clit, clitoris, clito
uterus, womb, ovary, ovaries, fallopian, pelvis, pelvic, uterus, ovaire, ovaires, trompes, bassin
breast, breasts, boob, boobs, tits, tit, chest, bust, nipple, nipples, sein, seins, nichon, nichons, poitrine, teton, tetons, mamelon, mamelons
hair, hairy, pubes, pubic hair, bush, shave, shaving, shaved, wax, waxing, razor, trim, poil, poils, raser, rasage, rase, epiler, epilation, cire, toison
puberty, growing up, developing, development, voice breaking, voice change, growth spurt, puberte, grandir, mue, muer, croissance
size, small, tiny, big, length, inches, taille, petit, petite, grand, longueur, cm
normal, weird, wrong with me, strange, abnormal, okay, normale, anormal, bizarre, chelou, etrange
menopause, perimenopause, change of life, the change, hot flush, hot flushes, hot flash, hot flashes, night sweats, hrt, menopause, bouffees de chaleur, bouffee de chaleur, ths, preménopause
endometriosis, endo, fibroid, fibroids, pcos, polycystic, adenomyosis, endometriose, fibrome, fibromes, sopk
vaginismus, dyspareunia, too tight, wont go in, doesnt go in, painful sex, vaginisme, dyspareunie, trop serre, n entre pas, rentre pas
gay, lesbian, bi, bisexual, homo, homosexual, queer, pan, asexual, ace, same sex, likes girls, likes boys, attracted to, crush, homosexuel, lesbienne, gouine, pede, bisexuel, asexuel, attire par, attiree par
trans, transgender, nonbinary, non binary, enby, gender, dysphoria, transition, binder, pronouns, transgenre, non binaire, genre, dysphorie, pronoms
come out, coming out, came out, faire son coming out, annoncer que je suis
rape, raped, assault, assaulted, molested, abused, abuse, forced me, touched me, groped, viol, viole, violee, agression, agresse, agressee, attouchement, attouchements, force, m a touche, abus
consent, say no, said no, said yes, pressure, pressured, pressuring, changed my mind, guilt trip, consentement, consentir, dire non, dit non, insiste, met la pression, pression, forcer
violence, violent, hit, hits, hitting, beat, beats, beaten, punched, slapped, choke, choked, hurt me, domestic, frappe, frapper, cogne, gifle, bat, battu, battue, coups, violent, violences, etrangle, tape
control, controls, controlling, jealous, jealousy, checks my phone, possessive, isolates, toxic, manipulate, gaslight, controle, jaloux, jalouse, jalousie, possessif, fouille mon telephone, toxique, manipule, surveille
threat, threatens, threatened, threaten, blackmail, blackmailing, blackmailed, extort, sextortion, menace, menacer, chantage, sextorsion, racket
nude, nudes, naked, pics, photos, pictures, sext, sexting, send a pic, video of me, leaked, leak, nudes, photo, photos, video, images, nue, nu, a poil, diffuse, divulgue
online, internet, instagram, snapchat, snap, whatsapp, tiktok, dm, en ligne, reseaux, sur internet
stalk, stalking, follows me, harass, harassment, harassed, harcele, harcelement, harceler, me suit
fgm, cut, cutting, cut down there, female circumcision, excision, excisee, excise, mutilation, infibulation
forced marriage, arranged marriage, marry, marriage, wedding, married off, mariage force, mariage, marier, marie
relationship, dating, partner, boyfriend, girlfriend, husband, wife, couple, relation, copain, copine, mec, meuf, conjoint, mari, femme, cheri, cherie, ami
break up, breakup, broke up, dumped, split up, leave him, leave her, leaving, ex, rupture, rompre, quitter, largue, larguee, separation, plaque
cheat, cheated, cheating, affair, unfaithful, trompe, tromper, infidele, infidelite
love, in love, amour, amoureux, amoureuse, aimer, aime
kiss, kissing, snog, making out, make out, french kiss, embrasser, bisou, bisous, rouler une pelle, pelle, baiser
suicide, kill myself, want to die, end my life, self harm, suicide, me tuer, mourir, en finir, me suicider
sad, depressed, depression, down, crying, cry, low, triste, deprime, deprimee, depression, pleure, pleurer
scared, afraid, worried, anxious, anxiety, panic, freaking out, frightened, terrified, nervous, peur, inquiet, inquiete, angoisse, angoissee, flippe, stresse, anxieux, panique
embarrassed, ashamed, shame, shy, awkward, honte, gene, genee, gener, timide, pudeur
doctor, gp, physician, gynaecologist, gynecologist, gyno, gyn, nurse, clinic, medic, docteur, medecin, toubib, gyneco, gynecologue, infirmiere, clinique, cabinet
pharmacist, pharmacy, chemist, drugstore, pharmacie, pharmacien, pharmacienne
hospital, emergency room, er, a e, urgent care, ambulance, hopital, urgences, samu, pompiers
appointment, visit, consultation, see someone, rendez vous, rdv, consulter, visite
helpline, hotline, call someone, someone to talk to, phone line, numero, ligne d ecoute, appeler, ecoute, parler a quelqu un
confidential, confidentiality, secret, private, privacy, find out, parents know, tell my mum, anonymous, anonymity, confidentiel, secret, anonyme, en cachette, au courant, discret, discretement
parents, mum, mom, mother, dad, father, family, parents, mere, maman, daronne, pere, papa, daron, famille
cost, price, free, pay, money, expensive, insurance, cheap, afford, prix, gratuit, gratuite, payer, cout, cher, argent, rembourse, remboursement
legal, law, illegal, allowed, age of consent, police, report, loi, legal, illegal, droit, majorite sexuelle, police, plainte, porter plainte
buy, get, order, purchase, where can i get, acheter, se procurer, procurer, trouver, commander
use, put on, apply, insert, insertion, wear, put in, mettre, utiliser, poser, enfiler, inserer
remove, take out, removal, taken out, stuck, pull it out, retirer, enlever, retrait, coince, bloque, ressortir
safe, safety, risk, risky, dangerous, danger, chance, chances, likely, odds, probability, risque, risques, dangereux, danger, chance, probabilite
effective, effectiveness, works, reliable, reliability, efficient, efficace, efficacite, fiable, marche, fonctionne
side effects, side effect, adverse, effets secondaires, effet secondaire, effets indesirables
weight, gain weight, fat, put on weight, poids, grossir, grossi, prendre du poids, kilos
antibiotics, antibiotic, amoxicillin, medication, medicine, drugs, meds, interaction, antibiotiques, antibiotique, medicament, medicaments, traitement
alcohol, drunk, drinking, booze, wine, beer, hungover, alcool, bourre, bourree, boire, bu, saoul, cuite
drugs, weed, cannabis, chemsex, high, drogue, drogues, beuh, shit, defonce
smoke, smoking, cigarettes, vape, vaping, fumer, fume, clope, clopes, tabac, cigarette
chest pain, short of breath, breathless, cant breathe, douleur poitrine, essouffle, respire mal
leg, calf, calves, thigh, jambe, mollet, cuisse
blurred vision, cant see, vision, flashing lights, aura, vue trouble, voir flou, vision
stomach, belly, tummy, abdomen, abdominal, gut, ventre, bide, bas ventre, abdomen, estomac
back, lower back, kidney, kidneys, dos, reins, rein, lombaires
wash, washing, douche, douching, clean, hygiene, soap, shower, laver, lavage, douche vaginale, nettoyer, hygiene, savon, toilette intime
cancer, tumour, tumor, malignant, cancer, tumeur
cure, treat, treatment, treated, heal, get rid of, remedy, soigner, guerir, traiter, traitement, se debarrasser
prevent, avoid, stop, prevention, protect, eviter, empecher, prevenir, proteger
catch, caught, transmitted, spread, contagious, infect, infected, infection, pass on, passed on, gave me, attrape, attraper, transmettre, transmission, contagieux, infecte, choper, chope, refile
toilet seat, public toilet, cuvette, toilettes publiques
pool, swim, swimming, hot tub, bath, piscine, nager, baignade, bain, jacuzzi
school, class, teacher, ecole, lycee, college, prof, cours
young, underage, minor, teen, teenager, years old, jeune, mineur, mineure, ado, ans
old, older, aged, vieux, vieille, age, agee
bot, robot, real person, human, chatgpt, computer, ai, vraie personne, humain, machine, ordinateur
`;
