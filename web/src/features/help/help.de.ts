// Deutsche Texte der Hilfe.

const help = {
  title: 'Hilfe',
  howTitle: 'So geht es',
  how: [
    'Schreib auf der Startseite, worum es gehen soll. Ein Satz genügt. „Erzähl“ schlägt das Buch auf, und die Geschichte entsteht, während du zusiehst.',
    'Gib der Geschichte jemanden zum Mitfiebern: einen Namen, ein Alter, was diese Person mag und fürchtet. Storybot merkt sich das auf diesem Gerät.',
    'Am Ende eines Abschnitts geht es weiter, mit einem Wunsch von dir oder ohne. Gefällt dir ein Abschnitt nicht, lass ihn noch einmal anders erzählen oder schreib ihn selbst um. Die alte Fassung bleibt.',
    'Du kannst die Seite jederzeit schließen. Geschrieben wird auf dem Server; wenn du wiederkommst, steht alles da.',
  ],
  safeTitle: 'Nichts geht verloren',
  safe: 'Jeder Schritt lässt sich rückgängig machen. Was du löschst, liegt erst einmal im Papierkorb der Bibliothek. Nur dort gibt es ein „Endgültig“, und es fragt vorher nach.',
  honestTitle: 'Wer hier erzählt',
  honest: [
    'Der Erzähler im Kasten ist kein Sprachmodell. Er ist ein Programm mit vielen von Hand geschriebenen Bausteinen: Orte, Figuren, Wendungen, Sätze. Daraus fügt er zu deiner Idee eine ganze Geschichte mit Anfang, Mitte und Ende. Er ist schnell, läuft ohne Internet und schreibt nichts Ungehöriges.',
    'Was er nicht kann: eine Idee wirklich verstehen. Er achtet auf Stichwörter, Namen und deine Angaben. Bei sehr eigenen Ideen nimmt er manchmal nur einen Teil auf.',
    'Ein Sprachmodell, wenn es eingerichtet ist, geht freier mit deiner Idee um. Dafür gehen deine Texte an den Dienst, der in den Einstellungen genannt ist. Es erfindet, und es irrt sich auch: Lies mit, bevor du Kindern vorliest.',
  ],
  keysTitle: 'Tastenkürzel',
  keysOn: 'Tastenkürzel verwenden',
  keysOnHint: 'Ausschalten hilft, wenn du mit der Stimme schreibst. Kürzel mit {{mod}} bleiben.',
  keysWhere: { everywhere: 'Überall', story: 'In einer Geschichte', home: 'Auf der Startseite' },
  keyTell: 'Erzählen lassen',
  key: 'Taste',
  does: 'Was sie tut',
  or: 'oder',
  dialogTitle: 'Tastenkürzel',
  toHelp: 'Zur ganzen Hilfe',
}

export default help
