"""How people say what alarms when it is seen: violence, falls, fire, smoke."""

from __future__ import annotations

from collections.abc import Mapping

#: See ``pipeline.training.sight_words``.
DANGER_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "people_fighting": (
        "{some people|children} {fighting|fight|are fighting|brawling|wrestling|struggling|"
        "scuffling|attacking each other|hitting each other|punching each other|kicking each "
        "other|beating each other}",
        "{violent behaviour|aggression}",
        "{ONE} {hitting|hits|is hitting|punching|punches|is punching|kicking|kicks|is kicking|"
        "beating|is beating|attacking|attacks|is attacking|pushing|shoving|assaulting} {a person|"
        "someone|another person|a man|a woman|somebody}",
        "{ONE} {being hit|being kicked|being beaten|being attacked|being punched|is attacked|is "
        "beaten|is kicked|fighting|fights|is fighting}",
        "{a fight|a brawl|violence} {between people|between two people|in a room|on the ground}",
        "{%fight|%fist fight|%fistfight|%brawl|%street fight|%bar fight|%physical fight|%violent "
        "fight|%scuffle|%struggle|%assault|%physical assault|%attack|%violent attack|%beating|"
        "%mugging|%violent robbery|%robbery with violence|%melee|%skirmish|%tussle|%physical "
        "altercation|%violent altercation|%altercation|%confrontation|%violent incident|%violent "
        "scene|%violent act|%act of violence|%act of aggression|%violent person|%violent man|"
        "%aggressive person|%attacker|%assailant|%aggressor|%fighter|%brawler|%mugger|%abuser|"
        "%bully|bullying|%punch|%punch_up|%dust_up|%kick|%blow|%slap|%shove|%wrestler|%wrestling "
        "match|%boxing match|%boxer|%hooligan|%thug|%violent mob|%violent crowd|%knife attack|"
        "%stabbing|%stabber|%gang fight|%riot|%rioter|%violent protest|%violent crime|%victim of "
        "an assault|%victim of violence|%victim being beaten|domestic violence|%domestic assault|"
        "%lynching|%strangling|%choke hold|%headlock|%headbutt|%duel|%hand to hand fight|%fight "
        "scene|%fighting person|%fighting couple|%violent struggle|%violent clash|%clash|%clash "
        "with police|%arrest with force|%ambush|%hostile person}",
        "{fighting|brawling|wrestling|punching|kicking|hitting|slapping|shoving|pushing and "
        "shoving|boxing|assaulting|attacking|abuse|physical abuse|physical violence|violence|"
        "street violence|domestic abuse|gang violence|aggressive behaviour|aggressive behavior|"
        "violent behavior|hostility|rioting|hooliganism|people in a fight|a fight between men|a "
        "fight between two men|a group beating someone|someone getting beaten|someone beaten up|"
        "someone getting punched|someone getting kicked|someone getting hit|someone getting "
        "attacked|someone under attack|fists flying|throwing punches|exchanging blows|blows "
        "being exchanged|trading punches|a fight has broken out|someone knocked down|someone "
        "pushed to the ground|someone thrown to the ground|someone pinned down|someone strangled|"
        "an attack on a person|an attack on someone|a robbery victim being beaten|hurting "
        "someone|someone hurting another|grappling|two fighters|a fight club|martial arts|a "
        "rough fight|rough handling|a person grabbed by another}",
        "{people|two people|men|two men|women|two women|youths|teenagers|kids|boys|girls|persons|"
        "rioters|hooligans|fans|drunks|guys|neighbours|neighbors|several people|strangers|"
        "prisoners} {^fight|^brawl|^wrestle|^scuffle|^struggle|^box|^clash|^riot|^tussle|"
        "^grapple|^fight each other|^hit each other|^punch each other|^kick each other|^beat "
        "each other|^attack each other|^push each other|^shove each other|^slap each other|"
        "^fight in the street|^get into a fight|^have a fight|^throw punches|^come to blows|"
        "^start a fight|^be fighting hard|^be violent|^fight on the ground}",
        "{people|two people|men|two men|women|two women|youths|teenagers|kids|boys|girls|persons|"
        "rioters|hooligans|fans|drunks|guys|several people|strangers|prisoners} {^exchange blows}",
        "{a person|someone|somebody|a man|a woman|a guy} {~hit|~punch|~kick|~beat|~attack|"
        "~assault|~slap|~shove|~push|~strangle|~choke|~stab|~mug|~grab|~headbutt|~strike|~beat "
        "up|~wrestle with|~fight with|~fight|~hurt|~batter|~knock down|~tackle|~struggle with|"
        "~abuse|~throttle|~drag|~hold down|~bully|~harass} {someone|a person|a man}",
        "{an attacker|a mugger|a robber|a thug|a gang|a boy|a teenager|a policeman|a guard|a "
        "drunk|an intruder} {~hit|~punch|~kick|~beat|~attack|~assault|~push|~beat up|~fight|"
        "~knock down} {someone|a victim|a man}",
        "{a person|a man|a woman} {~hit|~kick|~beat|~attack|~push|~strike} {another person|a "
        "woman|a guard|a child|somebody}",
        "{a person|someone|somebody|a man|a woman|a victim|a pedestrian|a visitor|a guard|an "
        "employee|a worker|a child|a boy|a girl} {~be attacked|~be beaten|~be hit|~be punched|"
        "~be kicked|~be assaulted|~be slapped|~be mugged|~be stabbed|~be strangled|~be shoved|"
        "~be pushed|~be beaten up|~be grabbed|~be hurt by others|~be bullied|~be choked|~be "
        "dragged away|~fight back|~get beaten up|~get into a fight|~be involved in a fight|~be "
        "robbed with violence}",
        "{a fight|a brawl|a scuffle|an assault|violence|a riot|an attack} {~break out|~start|"
        "~happen|~take place|~go on|~erupt|~be going on|in the yard|in the street|in the room|in "
        "the hall|in the hallway|in the car park|in the parking lot|at the gate|at the entrance|"
        "in front of the building|in the office|in the warehouse|among youths|among men|among "
        "customers|between neighbours|between strangers|near the door}",
    ),
    "person_falling": (
        "{ONE} {falling|is falling|falling down|is falling down|falling over|stumbling|stumbles|"
        "tripping|trips|slipping|slips|losing balance|collapsing|is collapsing|fainting} {to the "
        "ground|to the floor|}",
        "{a stumbling|a collapsing} {woman|worker|pedestrian}",
        "{%falling person|%falling man|%falling woman|%falling worker|%falling child|%stumbling "
        "person|%stumbling man|%tripping person|%slipping person|%collapsing person|%collapsing "
        "man|%fainting person|%tumbling person|%person in mid fall|%person losing balance|"
        "%toppling person|%staggering person|%staggering man|%stagger|%stumble|%tumble|%slip and "
        "fall|%trip and fall|%trip hazard accident|%hard fall|%bad fall|%dangerous fall|%fall "
        "from a ladder|%fall down the stairs|%fall to the ground|%fall to the floor|%fall from "
        "height|%fall in progress|%person about to fall|%person going down|%fainting fit|%sudden "
        "fall|%falling pedestrian|%falling figure|%falling body|%nasty fall}",
        "{falling down|falling over|tripping over|slipping|stumbling|toppling over|losing "
        "balance|losing one's balance|someone tripping on the stairs|someone slipping on a wet "
        "floor|someone falling from a roof|a person in the act of falling|a person dropping to "
        "the floor|a person tipping over|a worker falling off a ladder|keeling over|someone "
        "taking a tumble|legs giving way|knees giving way|swaying and falling}",
        "{ONE} {falling backwards|falling forward|falling off a ladder|falling down the stairs|"
        "is falling over|toppling over|is toppling|keeling over|tumbling|is tumbling|going down|"
        "dropping to the ground|about to fall|~stumble|~trip|~slip|~stagger|~lose balance|~trip "
        "over something|~slip on the floor|~slip on ice|~stumble over a step|~lose their footing}",
        "{a worker|an old man|an old woman|an elderly person|a child|a boy|a girl|a patient|a "
        "pedestrian|a guy|a visitor|a guard|a drunk|an employee|a figure} {falling|is falling|"
        "falling down|falling over|is falling down|toppling over|tumbling|losing balance|going "
        "down|~stumble|~trip|~slip|~stagger}",
        "{people|persons|workers|children|men} {falling|are falling|falling down|falling over|"
        "tumbling|^stumble|^trip|^slip|^stagger}",
    ),
    "person_falling/person_lying": (
        "{someone has an accident}",
        "{ONE} {falls|fell|falls down|fell down|collapses|falls over|fell over|faints} {to the "
        "ground|to the floor|on the ground|on the floor}",
        "{%fall|%collapse|%accident|%fall accident|%accident at work|%workplace accident|%work "
        "accident|%slip and fall accident|%tumble to the floor|%person who fell|%person who has "
        "fallen|%man who fell|%woman who fell|%fainted person|%faint|%fall of a person|%fall "
        "incident|%fall detected|%elderly fall|%knocked_out person|%heart attack|%seizure}",
        "{ONE} {falls|fell|falls down|fell down|falls over|fell over|faints|collapses|topples "
        "over|toppled over|keels over|keeled over|tumbles|tumbled|passes out|passed out|goes "
        "down|went down|blacks out|drops to the ground|dropped to the ground|is knocked down|is "
        "knocked over|has a seizure|has a heart attack|loses consciousness|drops unconscious}",
        "{a worker|an old man|an old woman|an elderly person|a child|a boy|a girl|a patient|a "
        "pedestrian|a guy|a visitor|a guard|a drunk} {falls|fell|falls down|fell down|falls over|"
        "fell over|collapses|faints|tumbles|passes out|has fallen|has collapsed|has fainted}",
        "{people|workers|men} {fall|fall down|fall over|fell down|collapse|faint}",
    ),
    "person_lying": (
        "{ONE} {lying|lies|is lying|laying|is laying|lying down|is down|is lying down} {on the "
        "ground|on the floor|motionless|still|}",
        "{ONE} {has collapsed|collapsed|has fallen|has fallen down|fallen|has fainted|fainted|is "
        "unconscious} {on the ground|on the floor|}",
        "{a collapsed|a fallen|a lying|an unconscious|an injured|a motionless|a wounded} {person|"
        "man|woman|body|worker|pedestrian} {on the ground|on the floor|}",
        "{an injured person|a helpless person} {on the ground|on the floor|lying on the ground}",
        "{a man down|someone needs help}",
        "{people|persons} {lying down} {on the ground|on the floor}",
        "{%lying person|%lying man|%lying woman|%lying figure|%lying body|%fallen person|%fallen "
        "man|%fallen woman|%fallen worker|%fallen pedestrian|%collapsed person|%collapsed man|"
        "%collapsed woman|%unconscious person|%unconscious man|%unconscious woman|%motionless "
        "person|%motionless body|%motionless figure|%injured person|%injured man|%injured worker|"
        "%hurt person|%wounded person|%wounded man|%casualty|%victim on the ground|%victim on "
        "the floor|%accident victim|%body|%body on the ground|%body on the floor|%dead body|"
        "%corpse|%dead person|%dead man|%sleeping person|%sleeping man|%homeless person sleeping|"
        "%sleeper on the floor|%drunk on the ground|%drunk person on the ground|%person on the "
        "ground|%person on the floor|%man on the ground|%man on the floor|%woman on the ground|"
        "%woman on the floor|%person down|%man down alarm|%person in a lying position|"
        "%horizontal person|%prone person|%prostrate person|%helpless person|%sick person on the "
        "floor|%patient on the floor|%medical emergency|%emergency patient|%lifeless body|"
        "%lifeless person|%immobile person|%stretched_out person|%person flat on the floor|"
        "%person needing help|%passed_out person|%worker down|%guard down}",
        "{lying down|lying on the ground|lying on the floor|lying|someone on the ground|someone "
        "on the floor|somebody on the ground|somebody down|someone down|man down|a person flat "
        "on the ground|a person flat on their back|a person face down|someone face down on the "
        "ground|someone on their back|someone on their side|someone stretched out on the floor|"
        "someone sleeping outside|someone asleep on the ground|someone out cold|someone knocked "
        "out|someone unresponsive|an unresponsive person|a person not getting up|a person who "
        "cannot get up|someone who can't get up|someone unable to stand up|someone injured|"
        "someone hurt|someone wounded|someone dead|someone unconscious|someone who needs a "
        "doctor|someone needs an ambulance|a person requiring help|first aid|a person given "
        "first aid|bodies on the ground|sunbathing|a sunbather}",
        "{ONE} {~lie down|~sleep|~lie on the ground|~lie on the floor|~lie still|~lie face down|"
        "~lie on their back|~lie motionless|~lie there|~lie unconscious|~lie injured|~lie asleep|"
        "~sleep on the floor|~sleep on the ground|~be unconscious|~be injured|~be down|~be "
        "wounded|~be motionless|~be on the ground|~be on the floor|~be knocked out|has passed "
        "out|has fallen over|~stay down}",
        "{a worker|an old man|an old woman|an elderly person|a child|a boy|a girl|a patient|a "
        "pedestrian|a guy|a visitor|a guard|a drunk|a victim|an employee|a figure|a body} {~lie "
        "down|~lie on the ground|~lie on the floor|~lie still|~lie there|~be unconscious|~be "
        "down|~sleep|on the ground|on the floor|flat on the ground|~be injured}",
        "{people|persons|some people|victims|men|workers} {^lie down|^lie on the ground|^lie on "
        "the floor|^sleep on the floor|^be injured|^be unconscious|on the ground|on the floor}",
        "{a person|someone|a man|a woman|a body} lying {in the yard|in the street|in the room|in "
        "the hall|in the hallway|in the corridor|in the car park|in the parking lot|by the wall|"
        "near the door|on the pavement|on the sidewalk|on the grass|next to a car|in the "
        "warehouse|at the gate|on the road}",
    ),
    "fire": (
        "{a fire|fire|a blaze} {with flames|and flames|burning|is burning|burns|broke out|has "
        "broken out|spreads|is spreading}",
        "{an object|a thing|a box|a bin|a barrel|the yard|the ground|wood|rubbish} {burning|is "
        "burning|burns|on fire|is on fire|in flames|catches fire|caught fire}",
        "{burning|bright|orange|high|big|large|small|rising} {flames|fire}",
        "{flames|a fire|fire} {in|on|near|behind|beside} {the building|the house|the wall|the "
        "ground|the yard|the room|the street}",
        "{%fire|%blaze|%flame|%burning fire|%open fire|%open flame|%naked flame|%bonfire|"
        "%campfire|%wildfire|%bush fire|%forest fire|%grass fire|%house fire|%building fire|"
        "%apartment fire|%kitchen fire|%room fire|%warehouse fire|%car fire|%vehicle fire|%truck "
        "fire|%trash fire|%rubbish fire|%garbage fire|%bin fire|%dumpster fire|%electrical fire|"
        "%roof fire|%small fire|%big fire|%large fire|%huge fire|%raging fire|%blazing fire|"
        "%uncontrolled fire|%inferno|%fireball|%conflagration|%fire outbreak|%outbreak of fire|"
        "%fire hazard in flames|%burning car|%burning house|%burning building|%burning bin|"
        "%burning barrel|%burning trash can|%burning container|%burning vehicle|%burning tree|"
        "%burning object|%burning box|%burning pile|%burning roof|%burning candle|%burning wood|"
        "%burning pallet|%burning tyre|%burning tire|%arson|%arson attack|%arsonist|%fire setter|"
        "%firestorm|%bright fire|%orange flame|%high flame|%tongue of flame|%tongue of fire|"
        "%flickering fire|%flickering flame|%wall of flame|%wall of fire|%visible flame|"
        "%spreading fire|%fire in progress|%molotov cocktail|%petrol bomb|%fire accident|%fire "
        "incident|%pyre|%brush fire|%camp fire|%barbecue fire|%fire pit}",
        "{the fire|the flames|burning|blazing|something on fire|something in flames|something "
        "ablaze|something alight|things on fire|a building ablaze|a house ablaze|a car ablaze|a "
        "house in flames|a building in flames|a car in flames|a car on fire|a building on fire|a "
        "house on fire|a roof on fire|a tree on fire|a trash can on fire|a room on fire|"
        "furniture on fire|garbage on fire|a person on fire|leaping flames|dancing flames|"
        "roaring flames|shooting flames|flames leaping|flames coming out of a window|flames from "
        "a window|flames from a car|flames from a roof|flames licking up|fire spreading|fire "
        "breaking out|a fire has started|fire everywhere|embers|glowing embers|glow of a fire|"
        "the glow of fire|fire in the office|fire on the roof|burning rubbish|burning garbage|"
        "burning debris|burning leaves|burning grass|burning paper|burning fuel|burning oil|"
        "someone setting fire to a car|a person setting fire|a fire emergency in progress|an "
        "object ablaze|a scene of fire|ignition}",
        "{a fire|the fire|a blaze|a bonfire|a wildfire|a small fire|a big fire} {~burn|~blaze|"
        "~spread|~rage|~break out|~start|~flare up|~grow|~burn brightly|~flicker|~be burning|~be "
        "spreading|~erupt|~ignite|~consume a building|~destroy a house|~roar|~be lit|~get bigger|"
        "~glow}",
        "{flames|fires|the flames} {^burn|^blaze|^spread|^rage|^rise|^flicker|^leap up|^flare up|"
        "^shoot up|^engulf a building|^engulf a car|^grow|^glow|^come out of the window|^lick "
        "the wall|^be visible|^dance}",
        "{embers} {^burn|^blaze|^spread|^rage|^rise|^flicker|^leap up|^flare up|^shoot up|^grow|"
        "^glow|^come out of the window|^lick the wall|^be visible|^dance}",
        "{a building|a house|a car|a vehicle|a truck|a van|a bin|a trash can|a barrel|a box|a "
        "tree|a roof|a room|a shed|a container|something|an object|a pile of wood|a wall|a "
        "garage|a fence|a pallet|the building|the house|furniture|rubbish|garbage} {~burn|~be on "
        "fire|~catch fire|~be in flames|~blaze|~go up in flames|~burn down|~be ablaze|~be "
        "burning|~be set on fire|~ignite|~be alight|~flare up}",
        "{something|rubbish} {~be engulfed in flames}",
        "{a fire|flames|a blaze|fire} {in the yard|in the street|in the room|in the hall|in the "
        "hallway|in the corridor|in the car park|in the parking lot|by the wall|near the door|"
        "near a car|outside|indoors|in the garden|in the warehouse|in the distance|on the floor|"
        "behind the fence|at the gate|in a barrel|in a bin}",
        "{someone|somebody|a person|a man|a vandal} {~set a fire|~start a fire|~light a fire|"
        "~set fire to something|~set a car on fire|~burn rubbish|~burn something}",
        "{an arsonist} {~set a fire|~start a fire|~light a fire|~set fire to something|~burn "
        "rubbish|~burn something}",
    ),
    "smoke": (
        "{dark smoke|thick smoke|grey smoke|black smoke|white smoke|clouds of smoke|a smoky "
        "scene|smoky air}",
        "{smoke|fumes|a smoke cloud|a smoke plume} {rising|rises|is rising|in the air|spreading|"
        "drifting|filling the air|in the yard|in the room|over the building|from a fire}",
        "{%smoke cloud|%cloud of smoke|%plume of smoke|%column of smoke|%puff of smoke|%wisp of "
        "smoke|%trail of smoke|%smoke plume|%smoke column|%smoke trail|%smoke bomb|%smoke "
        "grenade|%smoke screen|%pall of smoke|%billow of smoke|%fume|%dense smoke|%heavy smoke|"
        "%thick smoke cloud|%dark smoke cloud|%black smoke cloud|%grey cloud of smoke|%gray "
        "cloud of smoke|%white cloud of smoke|%black cloud of smoke|%smoky room|%smoky hall|"
        "%smoky yard|%smoky street|%smoke filled room|%smoke filled hallway|%smoke filled "
        "corridor|%smoke filled building|%smouldering fire|%smoldering fire|%smouldering object|"
        "%smoldering object|%smoking object|%smoking chimney|%smoking engine|%smoking car|"
        "%smoking bin|%smoking building|%smoke emission|%exhaust cloud|%wave of smoke|%smoke "
        "haze|%smoke stream|%toxic cloud|%smoking barrel|%gas cloud|%smoking wreck|%tear gas "
        "cloud}",
        "{smoke|gray smoke|light smoke|a lot of smoke|a little smoke|faint smoke|toxic smoke|"
        "tear gas|exhaust fumes|toxic fumes|burning fumes|smoke and haze|smoky|smoky conditions|"
        "smog|smoke in the building|smoke in the house|smoke in the hallway|smoke in the "
        "corridor|smoke in the car park|smoke in the warehouse|smoke in the office|smoke above "
        "the roof|smoke over the house|smoke from a window|smoke from a car|smoke from a bin|"
        "smoke from a chimney|smoke from a machine|smoke coming under the door|smoke billowing "
        "out|billowing smoke|rising smoke|swirling smoke|drifting smoke|spreading smoke|curling "
        "smoke|hanging smoke|smoke everywhere|air full of smoke|a room filled with smoke|a room "
        "full of smoke|a place full of smoke|a hallway filled with smoke|a yard filled with "
        "smoke|a building full of smoke|smoke blocking the view|view obscured by smoke|"
        "smouldering|smoldering|a fire without flames|poor visibility through smoke|smoke "
        "signals|wafting smoke|wisps of smoke}",
        "{smoke|thick smoke|black smoke|white smoke|grey smoke|dark smoke|the smoke} {~rise|"
        "~billow|~drift|~spread|~pour out|~fill the room|~fill the air|~fill the hall|~come out|"
        "~come out of a window|~come from a building|~hang in the air|~swirl|~curl up|~cover the "
        "scene|~blow across the yard|~creep along the ceiling|~obscure the view|~go up|~be "
        "visible|~escape|~waft|~ascend|~emerge|~engulf the building|~seep under the door}",
        "{a cloud of smoke|a plume of smoke|dense smoke} {~rise|~billow|~drift|~spread|~pour out|"
        "~fill the room|~fill the air|~fill the hall|~come out|~come out of a window|~come from "
        "a building|~swirl|~curl up|~cover the scene|~blow across the yard|~obscure the view|~go "
        "up|~be visible|~escape|~waft|~ascend|~emerge}",
        "{fumes|clouds of smoke|plumes of smoke|wisps of smoke} {^rise|^billow|^drift|^spread|"
        "^pour out|^fill the room|^fill the air|^come out|^swirl}",
        "{fumes|clouds of smoke} {^hang in the air}",
        "{a building|a house|a car|a machine|an engine|a bin|something|an object|a barrel|a pile|"
        "a roof|a chimney} {~smoke|~smoulder|~smolder|~give off smoke|~emit smoke|~be filled "
        "with smoke|~be full of smoke|~be covered in smoke|~produce smoke}",
        "{a container} {~smoke|~smoulder|~smolder|~give off smoke|~emit smoke|~be full of smoke|"
        "~be covered in smoke|~produce smoke}",
        "{smoke|thick smoke|a cloud of smoke} {in the yard|in the street|in the room|in the hall|"
        "in the parking lot|by the wall|near the door|near a car|outside|indoors|in the garden|"
        "in the distance|on the floor|behind the fence|at the gate|on the ceiling|in the sky}",
    ),
    "covered_lens": (
        "{a covered|a masked|a sprayed|a blinded} {lens|view}",
        "{a hand|something|a cloth|paint|an object} {over|covering|in front of|blocking|on} {the "
        "camera|the lens}",
        "{a tampered camera|nothing visible}",
        "{%covered lens|%covered camera|%blocked lens|%blocked camera|%blocked view|%obstructed "
        "lens|%obstructed camera|%obstructed view|%masked camera|%masked lens|%sprayed lens|"
        "%sprayed camera|%painted lens|%painted camera|%taped lens|%taped_over camera|%blinded "
        "camera|%sabotaged camera|%tampered lens|%vandalised camera|%vandalized camera|%disabled "
        "camera|%occluded camera|%occluded lens|%occluded view|%occlusion|%lens cap|%lens cover|"
        "%camera cover|%obstruction|%blockage|%hidden view|%hand over the lens|%hand on the "
        "camera|%cloth over the camera|%bag over the camera|%sheet over the camera|%sticker on "
        "the lens|%tape on the lens|%spray painted lens|%smeared lens|%dirty lens|%foggy lens|"
        "%spider web on the lens|%tampering attempt|%camera sabotage|%blackout|%black screen|"
        "%black picture|%black image|%black frame|%blank screen|%blank picture|%blank image|"
        "%obscured lens|%obscured view|%obscured camera|%hooded camera|%shrouded camera|%muffled "
        "camera}",
        "{camera tampering|tampering|tampering with the camera|camera blocking|camera "
        "obstruction|lens obstruction|lens blocked|lens covered|camera covered|camera blocked|"
        "view blocked|view obstructed|sabotage of the camera|sabotage|camera vandalism|no view|"
        "no picture|no image|nothing but black|nothing can be seen|nothing to be seen because "
        "the lens is covered|picture is all black|the image is black|the screen is black|the "
        "picture is black|the image is blocked|the view is gone|the camera cannot see|the camera "
        "can't see anything|the camera sees nothing|the camera is blind|spray paint on the lens|"
        "spray paint on the camera|dirt on the lens|mud on the lens|fingers over the lens|a "
        "finger on the lens|a palm over the lens|something held before the camera|something "
        "stuck on the lens|an object held in front of the lens|a cloth hung over the camera|a "
        "jacket over the camera|a plastic bag over the camera|a piece of paper over the lens|a "
        "cap on the lens|a cover over the lens|a lid on the lens|someone putting tape on the "
        "lens|someone hiding the lens|fully covered|an intentionally covered camera|a camera put "
        "out of action}",
        "{someone|somebody|a person|a man|an intruder|a burglar|a vandal|a hand|something} {"
        "~cover the camera|~cover the lens|~block the camera|~block the lens|~block the view|"
        "~obstruct the view|~mask the camera|~spray the lens|~spray the camera|~paint the lens|"
        "~tape the lens|~tamper with the camera|~hide the camera|~obscure the lens|~touch the "
        "lens|~hold the lens shut|~obscure the view|~blind the camera}",
        "{someone|somebody|a person|a man|a burglar|a hand|something} {~sabotage the camera}",
        "{the camera|the lens|the view|a camera|a lens|the camera lens|the picture} {~be covered|"
        "~be blocked|~be obstructed|~be masked|~be obscured|~be sprayed|~be covered up|~be taped "
        "over|~be painted over|~be blinded|~be hidden|~be tampered with|~be sabotaged|~be "
        "covered by a hand|~be covered by a cloth|~be covered with paint|~go black|~turn black|"
        "~be blacked out|~be disabled|~be occluded}",
        "{the camera's view} {~be covered|~be blocked|~be obstructed|~be masked|~be obscured|~be "
        "sprayed|~be covered up|~be taped over|~be painted over|~be blinded|~be hidden|~be "
        "tampered with|~be covered by a hand|~be covered by a cloth|~be covered with paint|~go "
        "black|~turn black|~be blacked out|~be disabled|~be occluded}",
    ),
}
