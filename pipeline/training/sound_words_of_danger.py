"""How people say what bursts, bangs, breaks and burns."""

from __future__ import annotations

from collections.abc import Mapping

#: See ``pipeline.training.sound_words``.
DANGER_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "glass_breaking": (
        "{breaking glass|broken glass|shattering glass|smashing glass|shattered glass|glass "
        "crashing|the breaking of glass|a shattering window}",
        "{a window|a pane|a windowpane|a bottle|a glass pane|a glass door|windows|bottles|glass|"
        "the window} {breaking|breaks|is breaking|is broken|shattering|shatters|is shattered|"
        "smashing|smashes|is smashed|being smashed|being broken|breaks into pieces|break|shatter|"
        "broke|shattered}",
        "{someone|somebody|a person|a burglar|an intruder|a vandal|a thief} {breaks|breaking|"
        "smashes|smashing|shatters|broke} {a pane}",
        "{a break in|shards of glass|glass shards falling|tinkling shards|shards|splinters of "
        "glass}",
        "{%breaking window|%smashed window|%broken window|%shattered window|%breaking bottle|"
        "%smashed bottle|%broken bottle|%smashing bottle|%glass break|%glass smash|%glass "
        "shatter|%window break|%smash of glass|%crash of glass|%breaking pane|%broken pane|"
        "%shattering pane|%breaking mirror|%broken mirror|%smashed mirror|%broken vase|"
        "%shattering bottle|%smashed windscreen|%broken windshield|%smashed shop window|%broken "
        "display case|%broken windowpane|%cracked window|%dropped glass|%falling bottle|%broken "
        "jar|%broken light bulb|%shattered windshield|%glass breakage|%window breakage|%broken "
        "door glass|%breaking glass door|%smash and grab|%glass shard|%broken drinking glass|"
        "%broken wine glass|%broken beer bottle|%smashed display|%smashed phone screen}",
        "{breakage of glass|fragments of glass|pieces of glass falling|glass pieces|bits of "
        "glass|splintering glass|glass splintering|the smash of a window|the smashing of a "
        "window|the shattering of glass|the tinkle of broken glass|tinkling glass|glass tinkling|"
        "the sound of a window breaking|glass falling on the floor|glass dropping and breaking|"
        "glass crashing to the floor|glass hitting the floor and breaking|a shattering sound|a "
        "smashing sound of glass|bottles thrown and smashed|glass crushed underfoot|glass "
        "crunching|crunching glass|glass cracking|cracking glass|a crack of glass|glass bursting|"
        "exploding glass|a brick through a window|a stone through a window|a rock through a "
        "window|a window caved in|glass vandalism|forced entry through a window|a smash of "
        "windows|crockery and glass breaking|glass everywhere|clinking shards}",
        "{a window|a windowpane|a pane of glass|a bottle|a mirror|a windscreen|a glass door|a "
        "shop window|a car window|a vase|a glass|a drinking glass|a jar|a wine glass|a light "
        "bulb|the glass|a skylight|a patio door|a beer bottle|a greenhouse} {~break|~shatter|"
        "~smash|~crack|~splinter|~burst|~be broken|~be smashed|~be shattered|~break into pieces|"
        "~crash to the floor}",
        "{a windshield|a display window} {~break|~shatter|~smash|~crack|~burst|~be broken|~be "
        "smashed|~be shattered|~break into pieces}",
        "{windows|bottles|panes|mirrors|glasses|car windows|shop windows|panes of glass|jars|"
        "vases|shards of glass} {^break|^shatter|^smash|^crack|^splinter|^burst|^be broken|^be "
        "smashed}",
        "{someone|somebody|a person|a man|a burglar|an intruder|a vandal|a thief|a robber|a "
        "looter|a rioter|a kid} {~break|~smash|~crack} {a window|glass|a pane of glass|a bottle|"
        "the window|a windscreen|a mirror|a shop window|a car window}",
        "{someone|somebody|a person|a man|a burglar|a thief|a robber|a kid} {~shatter} {a window|"
        "glass|a pane of glass|a bottle|the window|a windscreen|a mirror|a shop window|a car "
        "window}",
        "{people|vandals|burglars|thieves|rioters|youths|looters|intruders} {^break|^smash|"
        "^shatter} {windows|glass|bottles|a window|shop windows|a car window}",
        "{someone|a burglar|a thief|a robber} {~break in through a window|~kick in a window|"
        "~throw a stone through a window|~drop a glass|~drop a bottle|~throw a bottle|~punch "
        "through glass|~break into a car|~knock out a window}",
        "{an intruder} {~break in through a window|~kick in a window|~drop a glass|~drop a "
        "bottle|~throw a bottle|~punch through glass|~break into a car|~knock out a window}",
        "{an intruder|a vandal} shatters {a window|glass|a bottle}",
    ),
    "gunshot": (
        "{gunfire|a shot|shots|a gun|guns|weapons|a weapon|machine gun fire|a shotgun|shots from "
        "a gun|a pistol|a rifle|a firing gun|fired shots|a fired shot}",
        "{a gun|a weapon|a rifle|a pistol|shots|guns|weapons|a shot|a shotgun|gunshots} {is "
        "fired|fires|shooting|are fired|shoots|ring out|in the street}",
        "{someone|somebody|a person|a man|people} {is shooting|shoots|firing a gun|fires a gun|"
        "with a gun|fired a gun|firing a weapon|are shooting}",
        "{%gunshot|%gun shot|%pistol shot|%rifle shot|%shotgun shot|%shotgun blast|%revolver "
        "shot|%handgun shot|%gunshot sound|%gunshot noise|%shooting|%single shot|%warning shot|"
        "%sniper shot|%rifle crack|%gun blast|%firearm|%firearm discharge|%handgun|%revolver|"
        "%machine gun|%submachine gun|%assault rifle|%automatic weapon|%automatic rifle|%semi "
        "automatic weapon|%burst of gunfire|%round of ammunition|%volley of shots|%hail of "
        "bullets|%bullet|%gunman|%shooter|%active shooter|%armed attacker|%mass shooting|"
        "%drive_by shooting|%shoot_out|%gunfight|%gun battle|%fusillade|%salvo|%muzzle blast|"
        "%hunting rifle|%air rifle|%report of a gun|%crack of a rifle|%crack of a gun|%bang of a "
        "gun|%fired round|%firing squad|%shooting range|%gun report|%gun salute|%armed robbery "
        "with shots}",
        "{gun fire|rapid gunfire|automatic gunfire|automatic fire|heavy gunfire|small arms fire|"
        "rifle fire|pistol fire|shotgun fire|machine gun bursts|bullets flying|gun violence|gun "
        "discharge|discharge of a weapon|discharge of a firearm|the crack of gunfire|the crack "
        "of a shot|the crack of shots|the sound of a gun|the firing of a gun|several shots|"
        "multiple gunshots|a series of shots|two shots|three shots|a few shots|repeated gunshots|"
        "gun shooting|exchange of fire|an exchange of gunfire|crossfire|sniper fire|a shooting "
        "incident|a shooting in progress|an active shooter situation|gunplay|weapon fire}",
        "{a gun|a pistol|a rifle|a shotgun|a handgun|a weapon|a firearm|a machine gun|an assault "
        "rifle|a shot|a bullet|a round} {~fire|~be fired|~go off|~shoot|~discharge|~be "
        "discharged|~crack|~bang|~ring out|~blast}",
        "{a revolver} {~fire|~be fired|~go off|~shoot|~discharge|~crack|~bang|~ring out|~blast}",
        "{guns|shots|pistols|rifles|weapons|firearms|gunshots|machine guns|bullets|rounds} {"
        "^fire|^be fired|^go off|^ring out|^crack|^be discharged|^echo}",
        "{someone|somebody|a person|a man|a woman|a gunman|a shooter|an attacker|a robber|a "
        "policeman|a police officer|a soldier|a hunter|a sniper} {~shoot|~fire|~open fire|~fire "
        "a gun|~fire a shot|~fire shots|~fire a pistol|~fire a rifle|~shoot a gun|~shoot at "
        "someone|~fire a weapon|~pull the trigger|~be shot}",
        "{someone|somebody|a person|a man|a woman|a robber|a policeman} {~discharge a weapon}",
        "{people|men|police|soldiers|gunmen|attackers|robbers|hunters|gangs} {^shoot|^fire guns|"
        "^open fire|^fire shots|^exchange fire|^fire weapons|^shoot at each other|^be shot}",
    ),
    "explosion": (
        "{a loud blast|a loud explosion|an exploding bomb|an eruption|a big explosion}",
        "{an explosion|a blast} {exploding|explodes|is exploding|exploded|blows up|goes off|"
        "detonates}",
        "{%explosion|%blast|%detonation|%bomb|%boom|%bomb blast|%gas explosion|%car bomb|"
        "%grenade|%hand grenade|%explosive|%bomb explosion|%exploding device|%nail bomb|%petrol "
        "bomb|%dynamite blast|%mine explosion|%landmine|%shell explosion|%missile strike|%rocket "
        "explosion|%air strike|%bombing|%mortar|%mortar round|%cannon shot|%cannon blast|%big "
        "boom|%loud boom|%deep boom|%massive explosion|%huge blast|%violent explosion|%chemical "
        "explosion|%boiler explosion|%tanker explosion|%shock wave|%shockwave|%blast wave|"
        "%exploding gas cylinder|%fireball|%thunderous explosion|%distant explosion|%muffled "
        "explosion|%underground explosion|%controlled explosion|%demolition blast|%quarry blast|"
        "%rock blast|%pipe bomb|%suicide bomb|%exploding tank|%gas blast|%explosion of a bomb|"
        "%explosion in a building|%secondary explosion|%mine blast|%transformer explosion}",
        "{exploding|blowing up|dynamite|an explosive device|the boom of an explosion|the blast "
        "of a bomb|an explosive blast|a terrorist attack with a bomb|a bombardment|shelling|a "
        "kaboom|kaboom|a burst of an explosion|a gas bottle exploding|something blown up|a sound "
        "of explosives|a building blown up|a bursting gas pipe|a bursting boiler|a powerful "
        "detonation|a rumbling explosion|an atm being blown up|a cash machine blown up}",
        "{a bomb|a grenade|a gas cylinder|a boiler|a tank|a car|a building|a device|a shell|a "
        "mine|something|a house|a factory|a transformer|a gas tank|an explosive|dynamite} {"
        "~explode|~blow up|~detonate|~go off|~burst|~be detonated|~be blown up}",
        "{an explosion|a blast|a detonation|a boom|a huge explosion} {~rock the building|~shake "
        "the house|~be heard|~rumble|~boom|~echo|~shake the windows|~thunder|~occur|~happen|"
        "~roar}",
        "{bombs|grenades|explosives|shells|mines|explosions|gas cylinders} {^explode|^go off|"
        "^detonate|^blow up|^be detonated|^boom|^rumble}",
        "{someone|an attacker|a man} {~detonate a bomb|~set off a bomb|~throw a grenade|~blow "
        "something up|~blow up a building|~set off explosives}",
        "{a terrorist} {~detonate a bomb|~set off a bomb|~blow something up|~blow up a building}",
    ),
    "gunshot/explosion": (
        "{shots or explosions|gunfire and explosions|a battle|artillery fire}",
        "{gunshots and explosions|explosions and gunfire|shooting and explosions|warfare|a war|"
        "war sounds|fighting with weapons|military action|combat|heavy weapons|a battlefield|"
        "artillery|cannons|a firefight with grenades|an attack with guns and bombs|shots and "
        "blasts|a blast or a gunshot|an explosion or gunshots}",
    ),
    "fireworks": (
        "{exploding fireworks}",
        "{fireworks|a firework|firecrackers} {explode|in the sky|are set off|banging}",
        "{%firework|%firecracker|%rocket firework|%firework display|%fireworks show|%firework "
        "rocket|%banger|%roman candle|%cherry bomb firework|%exploding firecracker|%new year "
        "firework|%sparkler|%squib|%party popper|%firework explosion|%whistling rocket|"
        "%pyrotechnic|%firework bang}",
        "{fireworks at new year|new year's eve fireworks|fireworks display|popping fireworks|"
        "people letting off fireworks|bonfire night fireworks|skyrockets|crackers going off|"
        "fizzing and popping fireworks|kids with firecrackers|a string of firecrackers|"
        "celebratory fireworks|the crackle of fireworks|the bang of a firework}",
        "{a firework|a firecracker|a rocket|a banger} {~explode|~go off|~be set off|~be let off|"
        "~crackle|~fizz|~burst|~pop|~whistle up}",
        "{fireworks|firecrackers|firework rockets|bangers} {^explode|^go off|^be set off|^be let "
        "off|^crackle|^bang|^pop|^burst|^light up the sky|^fizz}",
        "{someone|a kid|a child} {~set off fireworks|~light a firecracker|~let off fireworks|"
        "~throw a firecracker}",
    ),
    "thunder": (
        "{thunder|lightning and thunder|a storm|storms|the rumble of thunder|lightning}",
        "{thunder|the thunder|a thunderstorm} {in the distance}",
        "{%thunderclap|%thunderstorm|%thunderbolt|%clap of thunder|%peal of thunder|%roll of "
        "thunder|%rumble of thunder|%crack of thunder|%lightning strike|%bolt of lightning|"
        "%flash of lightning|%electrical storm|%lightning storm|%lightning bolt|%thundery shower|"
        "%summer storm|%tropical storm|%stormy night|%crash of thunder}",
        "{rumbling thunder|rolling thunder|distant thunder|thunder and lightning|a storm with "
        "thunder|stormy weather|thundering|a violent thunderstorm|a heavy storm|thunder outside|"
        "cracks of thunder|thunderclaps and rain}",
        "{thunder|the thunder|a thunderstorm|a storm} {~rumble|~roll|~roar|~crack|~crash|~boom|"
        "~clap|~growl|~grumble|~approach|~rage|~break out}",
        "{lightning|a bolt of lightning} {~strike|~crack|~flash}",
    ),
    "crash": (
        "{a crashing sound|something crashing down|a smash|an accident}",
        "{a car|a vehicle|cars|a truck|something} {crashing|crashed|collides|hits a wall|"
        "smashing into a wall|hitting something}",
        "{%crash|%car crash|%car accident|%traffic accident|%road accident|%collision|%vehicle "
        "collision|%car wreck|%smash_up|%pile_up|%fender bender|%head_on collision|%rear end "
        "collision|%vehicle crash|%traffic collision|%traffic crash|%road crash|%truck crash|"
        "%lorry crash|%motorcycle crash|%bus crash|%bicycle accident|%impact of a car|%ram raid|"
        "%crashing car|%crashing vehicle|%colliding car|%wreck|%hit_and_run|%crash of metal|"
        "%metal crash|%train crash|%crash landing|%motor accident|%vehicle impact|%side impact|"
        "%violent impact|%hard impact|%crunch of metal|%bump of cars|%crash of furniture|"
        "%falling shelf|%collapsing scaffold|%building collapse|%collapse of a building|"
        "%structural collapse|%falling cupboard}",
        "{a prang|a smash of cars|crunching metal|metal crunching|crumpling metal|a crumpled car|"
        "a car driven into a shop|ramming|a vehicle ramming|an object crashing down|something "
        "heavy falling|boxes crashing to the floor|a pile of things collapsing|a load falling "
        "off a truck|scaffolding collapsing|metal crashing down|a loud crash|a heavy crash|a "
        "sudden crash|a crash on the road|a collision of vehicles|an accident on the road}",
        "{a car|a vehicle|a truck|a lorry|a van|a bus|a motorcycle|a driver|a motorbike} {~crash|"
        "~collide|~hit a wall|~hit a tree|~hit another car|~crash into a wall|~crash into a gate|"
        "~smash into a car|~ram a gate|~ram a door|~overturn|~roll over|~run into a wall|~be hit|"
        "~be rammed|~have an accident|~bump into a car|~wreck}",
        "{two cars|cars|vehicles|trucks} {^crash|^collide|^smash together|^hit each other|^crash "
        "into each other|^bump into each other}",
        "{a shelf|a cupboard|furniture|a ladder|something heavy|a scaffold|a wall|a roof|a "
        "tree} {~crash down|~collapse|~fall over|~topple|~crash to the floor|~tumble down|~cave "
        "in}",
        "{a pile of boxes} {~crash down|~collapse|~fall over|~topple}",
        "{shelves|boxes|things|bricks|pallets} {^crash down|^collapse|^fall over|^topple|^tumble "
        "down}",
    ),
    "tyre_squeal": (
        "{squealing tyres|screeching tyres|screeching brakes|squealing brakes|skidding|hard "
        "braking}",
        "{%tyre squeal|%tire squeal|%tyre screech|%tire screech|%brake squeal|%squeal of tyres|"
        "%squeal of tires|%screech of brakes|%screech of tyres|%screech of tires|%skidding car|"
        "%skidding vehicle|%drifting car|%emergency stop|%squeal of brakes|%skid|%burnout|%hand "
        "brake turn|%skidding truck|%brake screech|%wheelspin|%getaway car}",
        "{squealing tires|screeching tires|spinning wheels|spinning tyres|spinning tires|burning "
        "rubber|donuts|doughnuts|drifting|hard braking of a car|sudden braking|emergency braking|"
        "slamming on the brakes|a car braking sharply|skidding on the road|skidding tyres|"
        "skidding tires|squeaky brakes|squeaking brakes|a car peeling out|a car speeding away "
        "with squealing tyres|street racing with squealing tyres|rubber on the road|peeling out}",
        "{a car|a vehicle|a driver|a truck|a van|a motorcycle} {~skid|~brake hard|~screech to a "
        "halt|~squeal around a corner|~spin its wheels|~drift|~slide|~slam on the brakes|~do "
        "donuts|~burn rubber|~stop with squealing brakes}",
        "{tyres|tires|brakes|wheels|the tyres|the brakes} {^squeal|^screech|^skid|^shriek|^spin|"
        "^squeak|^slide}",
    ),
    "fire_crackling": (
        "{burning wood|a burning fire|the crackle of fire|a crackling sound|crackling flames|"
        "crackling}",
        "{a fire|fire|wood|flames|a campfire|something} {crackling|crackles|is crackling|burns|"
        "is burning|on fire|blazing|crackle}",
        "{%fire|%crackling fire|%campfire|%bonfire|%bush fire|%wildfire|%forest fire|%house fire|"
        "%building fire|%car fire|%blaze|%inferno|%fireplace|%log fire|%wood fire|%open fire|"
        "%burning log|%burning house|%burning building|%burning car|%burning tree|%burning bin|"
        "%brush fire|%grass fire|%fire pit|%hearth|%stove fire|%roaring fire|%raging fire|"
        "%burning pile|%crackle of flames|%burning roof|%furnace|%barbecue fire|%flame|%burning "
        "twig|%burning branch|%warehouse fire|%dumpster fire|%rubbish fire|%trash fire|%camp "
        "fire|%burning vehicle|%arson attack|firewood|%conflagration|%burning fireplace}",
        "{the fire|the flames|blazing fire|fire burning|burning|roaring flames|flickering flames|"
        "popping embers|embers|glowing embers|sizzling fire|crackle and pop of fire|crackle of a "
        "fire|the crackling of fire|the crackling of flames|the roar of flames|the roar of a "
        "fire|wood burning in a fireplace|twigs crackling in the fire|firewood crackling|"
        "something burning|a fire burning in a stove|a fire in the house|a fire in the forest|"
        "burning leaves|burning rubbish|burning garbage|burning straw|burning grass|arson|a "
        "house in flames|a car in flames|a building on fire}",
        "{a fire|the fire|a campfire|a bonfire|a blaze|wood|a log|a house|a building|a car|a "
        "tree|a forest|a fireplace|rubbish|a roof|a shed|a bin} {~burn|~crackle|~blaze|~be on "
        "fire|~catch fire|~smoulder|~sizzle|~burn down|~be burning down|~roar with flames|~go up "
        "in flames|~be set on fire|~be ablaze}",
        "{flames|fires|logs|twigs|embers|the flames|buildings} {^burn|^crackle|^blaze|^roar|^pop|"
        "^sizzle|^flicker|^hiss|^glow|^be burning|^spread}",
        "{someone|an arsonist|a person} {~set a fire|~light a fire|~start a fire|~set something "
        "on fire|~burn wood|~burn rubbish}",
    ),
}
